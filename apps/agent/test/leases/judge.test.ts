import type { Lease, LeaseBrief, LeaseScope } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costOf } from "../../src/capabilities/leases/domain/cost-of.ts";
import {
  type Counted,
  dollars,
  isHalfGone,
  refusalOf,
  spendersOf,
} from "../../src/capabilities/leases/domain/judge.ts";

const NODE: LeaseScope = { kind: "node" };
const EACH: LeaseScope = { kind: "each_session" };
const ofProject = (project: string): LeaseScope => ({ kind: "project", project });
const ofSession = (session: string): LeaseScope => ({ kind: "session", session });

const lease = (scope: LeaseScope, ceilingMicroUsd: number, more: Partial<Lease> = {}): Lease => ({
  budgetId: "b1",
  budget: "the fleet: $50.00 a day",
  scope,
  action: "stop",
  ceilingMicroUsd,
  ...more,
});
const brief = (leases: Lease[], more: Partial<LeaseBrief> = {}): LeaseBrief => ({
  version: 1,
  counters: "life",
  validMs: 600_000,
  leases,
  ...more,
});
/** In micro-dollars. */
const counted = (
  node: number,
  projects: Record<string, number> = {},
  sessions: Record<string, number> = {},
): Counted => {
  const nano = (of: Record<string, number>) => new Map(Object.entries(of).map(([id, micro]) => [id, micro * 1_000]));
  return { life: "life", node: node * 1_000, projects: nano(projects), sessions: nano(sessions) };
};
const HERE = { project: "p", root: "ses_1" };
const refused = (
  leases: Lease[],
  spent: Counted,
  place: { project?: string; root?: string } = HERE,
): string | undefined => refusalOf(brief(leases), spent, 1, { project: place.project, root: place.root })?.reason;

describe("what may begin", () => {
  it.each<[string, Lease[], Counted, boolean]>([
    ["no budget concerns it", [], counted(10 ** 9), true],
    ["less than the ceiling is counted of the node", [lease(NODE, 100)], counted(99), true],
    ["the ceiling of the node is reached", [lease(NODE, 100)], counted(100), false],
    ["nothing may be spent", [lease(NODE, 0)], counted(0), false],
    ["the ceiling of its project is reached", [lease(ofProject("p"), 100)], counted(100, { p: 100 }), false],
    ["that of another project is", [lease(ofProject("q"), 100)], counted(100, { p: 0, q: 100 }), true],
    ["its session has come to what each may", [lease(EACH, 100)], counted(0, {}, { ses_1: 101 }), false],
    ["another session has", [lease(EACH, 100)], counted(0, {}, { ses_1: 99, ses_2: 101 }), true],
    ["a budget that only refuses is reached", [lease(NODE, 100, { action: "refuse" })], counted(100), false],
    [
      "its session may more than each",
      [lease(EACH, 100), lease(ofSession("ses_1"), 200)],
      counted(0, {}, { ses_1: 150 }),
      true,
    ],
    [
      "its session may less than each",
      [lease(EACH, 100), lease(ofSession("ses_1"), 50)],
      counted(0, {}, { ses_1: 60 }),
      false,
    ],
    [
      "its session may more for another budget",
      [lease(EACH, 100), lease(ofSession("ses_1"), 200, { budgetId: "b2" })],
      counted(0, {}, { ses_1: 150 }),
      false,
    ],
    [
      "one of several budgets is reached",
      [lease(NODE, 1_000), lease(ofProject("p"), 500, { budgetId: "b2" })],
      counted(500, { p: 500 }),
      false,
    ],
  ])("where %s", (_, leases, spent, may) => {
    expect(refused(leases, spent) === undefined).toBe(may);
  });

  it("is anything in a session that is not there yet, where each may something", () => {
    expect(refused([lease(EACH, 100)], counted(10 ** 9), { project: "p" })).toBeUndefined();
    expect(refused([lease(EACH, 0)], counted(0), { project: "p" })).toBeDefined();
  });

  it("is said in one line with the figures and with what is typed", () => {
    const refusal = refusalOf(brief([lease(NODE, 12_000_000)]), counted(12_345_678), 1, HERE);
    expect(refusal?.reason).toBe(
      "all is spent that this node may spend for the fleet: $50.00 a day (it has counted $12.345678 and may count up to $12.00), so nothing begins; an admin raises it: halctl budgets raise b1 <dollars> --reason <why>",
    );
    expect(refusal?.details).toEqual({ budgetId: "b1", spentMicroUsd: 12_345_678, ceilingMicroUsd: 12_000_000 });
  });

  it("is nothing when what was said is too old, counts something else, or says so; but what no budget concerns", () => {
    const said = brief([lease(NODE, 100)]);
    expect(refusalOf(said, counted(0), 0, HERE)?.reason).toMatch(
      /has not heard for 10 min what it may spend for the fleet/,
    );
    expect(refusalOf(said, { ...counted(0), life: "another" }, 1, HERE)?.reason).toMatch(/begun to count anew/);
    expect(refusalOf({ ...said, refusal: "the budgets cannot be read" }, counted(0), 1, HERE)?.reason).toBe(
      "the budgets cannot be read, so nothing begins on this node",
    );
    expect(refusalOf(brief([lease(ofProject("q"), 1)]), { ...counted(0), life: "another" }, 0, HERE)).toBeUndefined();
    expect(refusalOf(brief([], { refusal: "the budgets cannot be read" }), counted(0), 1, HERE)).toBeDefined();
  });
});

describe("who is stopped", () => {
  const working = [
    { root: "ses_1", project: "p" },
    { root: "ses_2", project: "q" },
  ];
  const stopped = (leases: Lease[], spent: Counted): string[] =>
    spendersOf(brief(leases), spent, working).map(
      ({ root, reached }) => `${root} ${reached.map((one) => one.lease.budgetId).join()}`,
    );

  it.each<[string, Lease[], Counted, string[]]>([
    ["nobody below the ceiling", [lease(NODE, 100)], counted(99), []],
    ["all of the node", [lease(NODE, 100)], counted(100), ["ses_1 b1", "ses_2 b1"]],
    ["all of a project", [lease(ofProject("q"), 100)], counted(500, { p: 400, q: 100 }), ["ses_2 b1"]],
    ["one that has come to what each may", [lease(EACH, 100)], counted(0, {}, { ses_1: 100, ses_2: 99 }), ["ses_1 b1"]],
    ["nobody for a budget that only refuses", [lease(NODE, 100, { action: "refuse" })], counted(100), []],
    [
      "for each budget that is reached",
      [lease(NODE, 100), lease(ofProject("p"), 50, { budgetId: "b2" })],
      counted(100, { p: 60, q: 40 }),
      ["ses_1 b1,b2", "ses_2 b1"],
    ],
  ])("%s", (_, leases, spent, expected) => {
    expect(stopped(leases, spent)).toEqual(expected);
  });

  it("what runs goes on up to its ceiling when what was said is too old", () => {
    const said = brief([lease(NODE, 100)]);
    expect(refusalOf(said, counted(99), 0, HERE)).toBeDefined();
    expect(spendersOf(said, counted(99), working)).toEqual([]);
  });
});

const anyScope = fc.oneof(
  fc.constant(NODE),
  fc.constant(EACH),
  fc.constantFrom("p", "q").map(ofProject),
  fc.constantFrom("ses_1", "ses_2").map(ofSession),
);
const anyLease = fc
  .record({
    scope: anyScope,
    ceiling: fc.nat(10),
    budgetId: fc.constantFrom("b1", "b2"),
    action: fc.constantFrom("stop", "refuse"),
  })
  .map(({ scope, ceiling, ...more }) => lease(scope, ceiling, more as Partial<Lease>));
const anyCounted = fc
  .record({ p: fc.nat(10), q: fc.nat(10), one: fc.nat(10), two: fc.nat(10) })
  .map(({ p, q, one, two }) => counted(p + q, { p, q }, { ses_1: one, ses_2: two }));

const isRefused = (leases: Lease[], spent: Counted): boolean => refused(leases, spent) !== undefined;
const isStopped = (leases: Lease[], spent: Counted): boolean => spendersOf(brief(leases), spent, [HERE]).length > 0;

it("nothing may begin where what runs is stopped, and what is spent more never lets anything begin or go on again", () => {
  fc.assert(
    fc.property(fc.array(anyLease, { maxLength: 5 }), anyCounted, fc.nat(5), (leases, spent, more) => {
      const plus = (of: ReadonlyMap<string, number>) => new Map([...of].map(([id, nano]) => [id, nano + more * 1_000]));
      const later: Counted = {
        life: "life",
        node: spent.node + more * 1_000,
        projects: plus(spent.projects),
        sessions: plus(spent.sessions),
      };
      const implies = (one: boolean, other: boolean): boolean => !one || other;
      expect(implies(isStopped(leases, spent), isRefused(leases, spent))).toBe(true);
      expect(implies(isRefused(leases, spent), isRefused(leases, later))).toBe(true);
      expect(implies(isStopped(leases, spent), isStopped(leases, later))).toBe(true);
    }),
  );
});

it("says soon that half of what was left is gone", () => {
  const said = brief([lease(NODE, 100)]);
  expect(isHalfGone(said, counted(60), counted(79))).toBe(false);
  expect(isHalfGone(said, counted(60), counted(80))).toBe(true);
  expect(isHalfGone(said, counted(100), counted(100))).toBe(false);
  expect(isHalfGone(brief([lease(EACH, 100)]), counted(0, {}, { ses_1: 0 }), counted(0, {}, { ses_1: 50 }))).toBe(true);
  expect(isHalfGone(brief([lease(ofProject("q"), 100)]), counted(0, { q: 50 }), counted(90, { p: 40, q: 50 }))).toBe(
    false,
  );
});

it.each([
  [0, "$0.00"],
  [1_000, "$0.000001"],
  [1_500_000_000, "$1.50"],
  [12_345_678_000, "$12.345678"],
  [100_000_000_000, "$100.00"],
])("%d nano-dollars are %s", (nano, text) => {
  expect(dollars(nano)).toBe(text);
});

describe("what a message costs", () => {
  const tokens = { input: 1_000, output: 100, reasoning: 50, cacheRead: 2_000, cacheWrite: 10 };
  const price = { model: "acme/one*", input: 3_000_000, output: 15_000_000, cacheRead: 300_000, cacheWrite: 3_750_000 };
  const message = { costMicroUsd: 0, costNanoUsd: 0, tokens, model: "acme/one-mini" };
  // 1000×3 + 150×15 + 2000×0.3 + 10×3.75 micro-dollars
  const estimate = 5_887_500;

  it.each([
    ["what its back end says", { ...message, costMicroUsd: 7, costNanoUsd: 7_400 }, 7_400],
    ["to a micro-dollar where no more is said", { ...message, costMicroUsd: 7, costNanoUsd: undefined }, 7_000],
    ["by its price where nothing is said", message, estimate],
    ["nothing without a price", { ...message, model: "acme/two" }, 0],
    ["nothing without a model", { ...message, model: undefined }, 0],
    ["nothing without tokens", { ...message, tokens: undefined }, 0],
  ])("is %s", (_, of, nano) => {
    expect(costOf(of, [price])).toBe(nano);
  });
});
