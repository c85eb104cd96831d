import { type BilledProvider, type DriftView, type HalEvent, usd } from "@hal/protocol";
import {
  billLinesIn,
  type BillLineRow,
  type LedgerDay,
  ledgerByProviderDay,
  readBillDays,
  tellDrifts,
} from "@hal/store/supervisor";
import { dayText } from "../../domain/days.ts";
import { time } from "../../domain/time.ts";
import type { Kernel } from "../../kernel.ts";
import { ASKED_DAYS } from "./domain/days-to-ask.ts";
import { type BillPart, type DayFacts, type Drift, driftOf, isToTell } from "./domain/drift.ts";
import { driftText } from "./domain/drift-text.ts";

const DAY_MS = 86_400_000;

type ReadContext = Pick<Kernel, "store" | "clock">;

/** One day of a provider beside the ledger, and of when its bill is. */
export interface ReadDrift extends Drift {
  readonly provider: BilledProvider;
  readonly readAt: number | undefined;
}

/** Compares the days before today of some providers with the ledger: the newest first. A day of which neither knows anything is left away. */
export function readDrift(
  { store, clock }: ReadContext,
  { providers, days }: { readonly providers: readonly BilledProvider[]; readonly days: number },
  subscribed: ReadonlySet<string>,
): ReadDrift[] {
  const now = clock.now();
  const today = Math.floor(now / DAY_MS);
  // a day more at both ends, to see where its neighbour was cut
  const span = { from: today - days - 1, to: today };
  const ledger = Map.groupBy(ledgerByProviderDay(store, span), ({ provider, day }) => `${provider}/${day}`);
  const lines = Map.groupBy(billLinesIn(store, span), ({ provider, report, day }) => `${provider}/${report}/${day}`);
  const read = new Map(
    readBillDays(store, span).map(({ provider, report, day, readAt }) => [`${provider}/${report}/${day}`, readAt]),
  );
  const factsOf = (provider: string, day: number): DayFacts => ({
    day,
    ledger: ledger.get(`${provider}/${day}`) ?? [],
    billed: read.has(`${provider}/cost/${day}`) ? partsOf(lines.get(`${provider}/cost/${day}`)) : undefined,
    usage: read.has(`${provider}/usage/${day}`) ? partsOf(lines.get(`${provider}/usage/${day}`)) : undefined,
    readAt: read.get(`${provider}/cost/${day}`),
  });
  return providers.flatMap((provider) => {
    const isSubscribed = subscribed.has(provider);
    return Array.from({ length: days }, (_, index) => today - 1 - index).flatMap((day): ReadDrift[] => {
      const facts = factsOf(provider, day);
      if (isUnknown(facts)) return [];
      const [before, behind] = [factsOf(provider, day - 1), factsOf(provider, day + 1)];
      return [{ ...driftOf(facts, { now, isSubscribed, before, behind }), provider, readAt: facts.readAt }];
    });
  });
}

/** Tells of each day of a provider once that its bill is another sum than the ledger's. */
export async function tellDrift(
  context: ReadContext & Pick<Kernel, "log">,
  provider: BilledProvider,
  subscribed: ReadonlySet<string>,
): Promise<void> {
  const { store, clock, log } = context;
  const all = readDrift(context, { providers: [provider], days: ASKED_DAYS }, subscribed);
  const drifts = all.filter((drift) => isToTell(drift, drift.readAt));
  if (drifts.length === 0) return;
  const at = clock.now();
  const told = await tellDrifts(
    store,
    drifts.map((drift) => ({ day: drift.day, event: eventOf(drift, at) })),
    at,
  );
  for (const { data } of told) log.warn({ ...data }, "a bill is another sum than the ledger's");
}

function eventOf(drift: ReadDrift, at: number): HalEvent & { readonly type: "cost.drifted" } {
  const { provider, ledgerNanoUsd, billedNanoUsd = 0 } = drift;
  const day = dayText(drift.day);
  return {
    type: "cost.drifted",
    at,
    sourceKey: `drift/${provider}/${day}`,
    data: {
      provider,
      day,
      ledgerMicroUsd: microOf(ledgerNanoUsd),
      // credits may be more than what is to be paid
      billedMicroUsd: Math.max(0, microOf(billedNanoUsd)),
      reason: driftText(drift),
    },
  };
}

export function driftView(drift: ReadDrift): DriftView {
  const { provider, day, ledgerNanoUsd, billedNanoUsd, share, isDrifted, isComplete, reason, readAt } = drift;
  return {
    provider,
    day: dayText(day),
    ledger_usd: usdOf(ledgerNanoUsd),
    billed_usd: billedNanoUsd === undefined ? null : usdOf(billedNanoUsd),
    difference_usd: billedNanoUsd === undefined ? null : usdOf(ledgerNanoUsd - billedNanoUsd),
    drift_percent: share === undefined ? null : Math.round(share * 10_000) / 100,
    drifted: isDrifted,
    complete: isComplete,
    reason: reason ?? null,
    explanation: driftText(drift),
    as_of: readAt === undefined ? null : time(readAt),
  };
}

/** Nano-dollars as dollars, exact to six places. */
export function usdOf(nanoUsd: number): number {
  return usd(nanoUsd / 1_000);
}

function microOf(nanoUsd: number): number {
  return Math.round(nanoUsd / 1_000);
}

function isUnknown({ ledger, billed }: DayFacts): boolean {
  return ledger.length === 0 && (billed === undefined || billed.length === 0);
}

function partsOf(rows: readonly BillLineRow[] = []): BillPart[] {
  return rows.map(({ model, tier, costNanoUsd, ...row }) => ({
    model,
    tier,
    costNanoUsd,
    tokens: row.inputTokens + row.outputTokens + row.cacheReadTokens + row.cacheWriteTokens,
  }));
}

/** What of the ledger is of a provider, in nano-dollars. */
export function ledgerSum(days: readonly LedgerDay[], provider: string): number {
  return days.filter((one) => one.provider === provider).reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
}
