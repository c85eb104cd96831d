import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  GROUP_MS,
  MOST_ALONE,
  type PlanOptions,
  planTelling,
  type ToTell,
} from "../../src/capabilities/channels/domain/plan-telling.ts";
import { isQuiet } from "../../src/capabilities/policies/domain/quiet-hours.ts";

const at = (text: string): number => Date.parse(text);
const DAY = at("2026-02-03T12:00:00Z");
const NIGHT = at("2026-02-04T02:00:00Z");
const MORNING = at("2026-02-04T05:00:00Z");
const BERLIN = { from: "23:00", to: "06:00", time_zone: "Europe/Berlin" };

function one(id: string, changes: Partial<ToTell> = {}): ToTell {
  const standing = { isUrgent: false, isAsking: false, isThreaded: false, isOver: false, digest: undefined };
  return { id, subject: `session/${id}`, createdAt: DAY - GROUP_MS, waitedMs: GROUP_MS, ...standing, ...changes };
}
const many = (count: number, changes: Partial<ToTell> = {}): ToTell[] =>
  Array.from({ length: count }, (_, index) => one(`n${index}`, changes));

function plan(waiting: readonly ToTell[], options: Partial<PlanOptions> = {}) {
  return planTelling(waiting, { now: DAY, hours: undefined, told: new Set(), ...options });
}
const idsOf = (list: readonly ToTell[]): string[] => list.map(({ id }) => id);

// I31
describe("what is told of one subject", () => {
  it("waits a moment for what else is told of it, from the first on, and then goes together", () => {
    const first = one("a", { subject: "s", waitedMs: GROUP_MS - 1 });
    const second = one("b", { subject: "s", waitedMs: 0 });
    expect(plan([first, second])).toMatchObject({
      alone: [],
      waits: new Map([
        ["a", { until: DAY + 1, why: "grouping" }],
        ["b", { until: DAY + 1, why: "grouping" }],
      ]),
    });
    expect(plan([{ ...first, waitedMs: GROUP_MS }, second]).alone).toEqual(["a", "b"]);
  });

  it.each([
    ["asks a person", { isAsking: true }],
    ["is urgent", { isUrgent: true }],
    ["has a message already", { isThreaded: true }],
    ["waited before this process was there", { waitedMs: Infinity }],
  ])("waits for nothing where it %s", (_what, changes) => {
    expect(plan([one("a", { waitedMs: 0, ...changes })]).alone).toEqual(["a"]);
  });
});

describe("a storm", () => {
  it(`begins with more than ${MOST_ALONE} subjects, and is told in one message`, () => {
    const few = many(MOST_ALONE);
    expect(plan(few)).toMatchObject({ alone: idsOf(few), isStorm: false });
    const more = many(MOST_ALONE + 1);
    expect(plan(more)).toMatchObject({ alone: [], together: { storm: idsOf(more), quiet: [] }, isStorm: true });
  });

  it("counts what was told just before, and is over when that is long enough ago", () => {
    const told = new Set(many(MOST_ALONE).map(({ subject }) => `${subject} before`));
    expect(plan([one("a")], { told }).together.storm).toEqual(["a"]);
    expect(plan([], { told: new Set([...told, "one more"]) }).isStorm).toBe(true);
    expect(plan([one("a")]).alone).toEqual(["a"]);
  });

  it("is seen before the first of it is told alone", () => {
    const first = one("first");
    const others = many(MOST_ALONE, { waitedMs: 0 });
    expect(plan([first, ...others]).together.storm).toEqual(["first"]);
  });

  it("leaves questions, what is urgent and what has a message to themselves", () => {
    const storm = many(MOST_ALONE + 1);
    const own = [one("asks", { isAsking: true }), one("urgent", { isUrgent: true }), one("has", { isThreaded: true })];
    expect(plan([...storm, ...own])).toMatchObject({ alone: idsOf(own), together: { storm: idsOf(storm) } });
  });

  it("keeps what its message may tell already, also when it is over", () => {
    expect(plan([one("a", { digest: "storm" })])).toMatchObject({
      alone: [],
      together: { storm: ["a"] },
      isStorm: true,
    });
  });
});

describe("quiet hours", () => {
  const night = { createdAt: NIGHT };

  it("keep all that waits until they are over, but for what is urgent", () => {
    const waiting = [
      one("a", night),
      one("asks", { ...night, isAsking: true }),
      one("urgent", { ...night, isUrgent: true }),
    ];
    const held = { until: MORNING, why: "quiet_hours" };
    expect(plan(waiting, { now: NIGHT, hours: BERLIN })).toMatchObject({
      alone: ["urgent"],
      together: { storm: [], quiet: [] },
      waits: new Map([
        ["a", held],
        ["asks", held],
      ]),
    });
  });

  it("end with one message of what is over, and a message each of what is not", () => {
    const waiting = [
      one("mended", { ...night, isOver: true }),
      one("ill", night),
      one("asks", { ...night, isAsking: true }),
      one("answered", { ...night, isOver: true }),
    ];
    expect(plan(waiting, { now: MORNING, hours: BERLIN })).toMatchObject({
      alone: ["ill", "asks"],
      together: { storm: [], quiet: ["mended", "answered"] },
      isStorm: false,
    });
  });

  it("end with one message alone where too much is not well, and with the questions", () => {
    const ill = many(MOST_ALONE + 1, night);
    const asks = one("asks", { ...night, isAsking: true });
    expect(plan([...ill, asks], { now: MORNING, hours: BERLIN })).toMatchObject({
      alone: ["asks"],
      together: { storm: [], quiet: idsOf(ill) },
    });
  });

  it("that begin and end at one time are none", () => {
    expect(plan([one("a")], { hours: { ...BERLIN, from: "12:00", to: "12:00" } }).alone).toEqual(["a"]);
  });

  it("hold what may be in a message already, and then it stays there", () => {
    const waiting = [one("a", { ...night, digest: "quiet" })];
    expect(plan(waiting, { now: NIGHT, hours: BERLIN }).waits.get("a")?.until).toBe(MORNING);
    expect(plan(waiting, { now: MORNING, hours: BERLIN }).together.quiet).toEqual(["a"]);
  });
});

describe("any plan", () => {
  const zone = fc.constantFrom("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC");
  const time = fc.constantFrom("00:00", "02:30", "06:00", "12:00", "23:00", "23:59");
  const hours = fc.option(fc.record({ from: time, to: time, time_zone: zone }), { nil: undefined });
  const now = fc.integer({ min: at("2026-03-27"), max: at("2026-03-31") });
  const waitingAt = (moment: number) =>
    fc
      .array(
        fc.record({
          subject: fc.integer({ min: 0, max: 30 }).map(String),
          createdAt: fc.integer({ min: -86_400_000, max: 5_000 }).map((ago) => moment + ago),
          waitedMs: fc.constantFrom(0, 1, GROUP_MS - 1, GROUP_MS, Infinity),
          isUrgent: fc.boolean(),
          isAsking: fc.boolean(),
          isThreaded: fc.boolean(),
          isOver: fc.boolean(),
          digest: fc.constantFrom(undefined, undefined, undefined, "storm" as const, "quiet" as const),
        }),
        { maxLength: 60 },
      )
      .map((list) => list.map((row, index): ToTell => ({ ...row, id: String(index) })));
  const told = fc.uniqueArray(fc.integer({ min: 0, max: 40 }).map(String), { maxLength: 15 });
  const cases = now.chain((moment) => fc.tuple(fc.constant(moment), waitingAt(moment), hours, told));

  it("has each notice once, has it wait only for a time that comes, and bounds what is told alone", () => {
    fc.assert(
      fc.property(cases, ([moment, waiting, quiet, before]) => {
        const made = planTelling(waiting, { now: moment, hours: quiet, told: new Set(before) });
        const all = [...made.alone, ...made.together.storm, ...made.together.quiet, ...made.waits.keys()];
        expect(all.toSorted()).toEqual(idsOf(waiting).toSorted());
        for (const { until } of made.waits.values()) expect(until).toBeGreaterThan(moment);
        const byId = new Map(waiting.map((row) => [row.id, row]));
        const inTime = [...made.alone, ...made.together.storm, ...made.together.quiet].map(
          (id) => byId.get(id) as ToTell,
        );
        const isNow = quiet !== undefined && isQuiet(quiet, moment);
        expect(inTime.every(({ isUrgent }) => isUrgent || !isNow)).toBe(true);
        const digested = [...made.together.storm, ...made.together.quiet].map((id) => byId.get(id) as ToTell);
        expect(
          digested.every(({ isUrgent, isAsking, digest }) => digest !== undefined || (!isUrgent && !isAsking)),
        ).toBe(true);
        const own = made.alone
          .map((id) => byId.get(id) as ToTell)
          .filter(({ isUrgent, isAsking, isThreaded }) => !isUrgent && !isAsking && !isThreaded);
        expect(new Set(own.map(({ subject }) => subject)).size).toBeLessThanOrEqual(MOST_ALONE);
      }),
      { numRuns: 500 },
    );
  });
});
