import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BillPart,
  type DayFacts,
  type DriftContext,
  driftOf,
  isToTell,
  type LedgerPart,
} from "../../src/capabilities/bills/domain/drift.ts";
import { driftText } from "../../src/capabilities/bills/domain/drift-text.ts";

const DAY_MS = 86_400_000;
const DAY = 20_000;
const DOLLAR = 1_000_000_000;
const SETTLED = (DAY + 5) * DAY_MS;

const ledger = (dollars: number, tokens = 1_000, more: Partial<LedgerPart> = {}): LedgerPart => ({
  model: "claude",
  costNanoUsd: dollars * DOLLAR,
  tokens,
  estimatedNanoUsd: 0,
  unpricedTokens: 0,
  ...more,
});
const bill = (dollars: number, more: Partial<BillPart> = {}): BillPart => ({
  model: "claude-20260101",
  tier: "standard",
  costNanoUsd: dollars * DOLLAR,
  tokens: 0,
  ...more,
});
const usage = (tokens: number, more: Partial<BillPart> = {}): BillPart => ({ ...bill(0, more), tokens });

const facts = (more: Partial<DayFacts>): DayFacts => ({
  day: DAY,
  ledger: [ledger(10)],
  billed: [bill(10)],
  usage: [usage(1_000)],
  readAt: SETTLED,
  ...more,
});
const context = (more: Partial<DriftContext> = {}): DriftContext => ({ now: SETTLED, isSubscribed: false, ...more });

describe("a bill beside the ledger", () => {
  it.each([
    ["the same", 10, 10, false],
    ["less than one per cent", 10, 10.09, false],
    ["more than one per cent", 10, 10.2, true],
    ["more than one per cent, and less than a cent", 0.01, 0.019, false],
    ["nothing billed", 10, 0, true],
    ["nothing in the ledger", 0, 10, true],
    ["a credit", 10, -1, true],
  ])("is drifted where it is more than one per cent and more than a cent: %s", (_name, own, billed, isDrifted) => {
    expect(driftOf(facts({ ledger: [ledger(own)], billed: [bill(billed)] }), context()).isDrifted).toBe(isDrifted);
  });

  it("is no zero where it was not told", () => {
    const drift = driftOf(facts({ billed: undefined, readAt: undefined }), context());
    expect(drift).toMatchObject({ billedNanoUsd: undefined, isDrifted: false, reason: "not_told", isComplete: false });
  });

  it("is not judged before its day was over when it was told", () => {
    const early = facts({ billed: [bill(1)], readAt: (DAY + 1) * DAY_MS - 1 });
    expect(driftOf(early, context())).toMatchObject({ isComplete: false, isDrifted: false, reason: undefined });
    expect(driftOf({ ...early, readAt: (DAY + 1) * DAY_MS }, context()).isDrifted).toBe(true);
  });

  const near = (own: number, billed: number): DayFacts =>
    facts({ day: DAY + 1, ledger: [ledger(own)], billed: [bill(billed)] });
  it.each([
    ["late_bill", { billed: [bill(8)], usage: [usage(800)], readAt: (DAY + 1) * DAY_MS }, {}],
    ["subscription", { billed: [], usage: [] }, { isSubscribed: true }],
    ["priority_tier", { billed: [bill(4)], usage: [usage(400), usage(600, { tier: "priority" })] }, {}],
    ["batch_tier", { billed: [bill(4), bill(3, { tier: "batch" })] }, {}],
    ["time_zone", { billed: [bill(8)], usage: [usage(800)] }, { behind: near(10, 12) }],
    ["time_zone", { billed: [bill(12)], usage: [usage(1_200)] }, { before: near(10, 8) }],
    ["other_users", { billed: [bill(10), bill(5, { model: "gpt-5" })], usage: [usage(1_600)] }, {}],
    ["other_users", { billed: [bill(15)], usage: [usage(1_600)] }, {}],
    ["uncounted_titles", { billed: [bill(10), bill(0.2, { model: "claude-small" })], usage: [usage(1_030)] }, {}],
    ["unpriced", { ledger: [ledger(10, 900, { unpricedTokens: 100 })], billed: [bill(11)] }, {}],
    [
      "estimated",
      { ledger: [ledger(10, 1_000, { estimatedNanoUsd: DOLLAR })], billed: [bill(9)], usage: [usage(900)] },
      {},
    ],
    ["price", { billed: [bill(11)] }, {}],
    ["price", { billed: [bill(9)] }, {}],
    ["unknown", { billed: [bill(8)], usage: [usage(800)] }, {}],
    ["unknown", { billed: [bill(12)], usage: undefined }, {}],
  ] as const)("differs for a likely reason: %s", (reason, more, about) => {
    const drift = driftOf(facts(more), context(about));
    expect([drift.isDrifted, drift.reason]).toEqual([true, reason]);
    expect(driftText(drift)).not.toBe("");
  });

  it("names the models that no session here used, and none that is only dated", () => {
    const drift = driftOf(
      facts({ billed: [bill(10), bill(9, { model: "gpt-5-2025-08-07" })], usage: [usage(2_000)] }),
      context(),
    );
    expect(drift.foreign).toEqual(["gpt-5-2025-08-07"]);
    expect(driftText(drift)).toContain("it has gpt-5-2025-08-07, which no session here used");
  });

  it("is told a day after its day, unless it may only be late", () => {
    const more = facts({ billed: [bill(15)], usage: [usage(1_600)] });
    const less = facts({ billed: [bill(8)], usage: [usage(800)] });
    const tells = (one: DayFacts, readAt: number): boolean => isToTell(driftOf({ ...one, readAt }, context()), readAt);
    const ends = (DAY + 1) * DAY_MS;
    expect([ends, ends + DAY_MS - 1, ends + DAY_MS].map((at) => tells(more, at))).toEqual([false, false, true]);
    expect([ends + DAY_MS, ends + 3 * DAY_MS - 1, ends + 3 * DAY_MS].map((at) => tells(less, at))).toEqual([
      false,
      false,
      true,
    ]);
    expect(tells(facts({}), SETTLED)).toBe(false);
  });

  it("has a reason where it is drifted, and none where it is not, whatever came", () => {
    const part = fc.record({ costNanoUsd: fc.integer({ min: 0, max: 10 ** 12 }), tokens: fc.nat(10 ** 9) });
    fc.assert(
      fc.property(
        fc.array(part),
        fc.option(fc.array(part)),
        fc.option(fc.array(part)),
        fc.boolean(),
        (own, told, used, isSubscribed) => {
          const drift = driftOf(
            facts({
              ledger: own.map((one) => ({ ...ledger(0), ...one })),
              billed: told?.map((one) => ({ ...bill(0), ...one })),
              usage: used?.map((one) => ({ ...bill(0), ...one })),
            }),
            context({ isSubscribed }),
          );
          expect(drift.reason !== undefined).toBe(drift.isDrifted || (told === null && drift.ledgerNanoUsd !== 0));
          const billed = drift.billedNanoUsd ?? drift.ledgerNanoUsd;
          const difference = Math.abs(drift.ledgerNanoUsd - billed);
          expect(drift.isDrifted).toBe(difference > DOLLAR / 100 && difference > billed / 100);
        },
      ),
    );
  });
});
