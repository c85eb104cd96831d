import { TIERS } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countByTier, inOrder, type Placed } from "../../src/capabilities/inbox/domain/order.ts";
import { needOf, type StandingSession } from "../../src/capabilities/inbox/domain/tier.ts";

const LOOK = 1_000;

function session(changes: Partial<StandingSession> = {}): StandingSession {
  return {
    status: "idle",
    turn: "finished",
    statusSince: 2_000,
    restsSince: 2_000,
    gaveUp: [],
    marks: [],
    stalled: undefined,
    held: undefined,
    isAsking: false,
    isComing: false,
    isRestarting: false,
    ...changes,
  };
}

const stuck = { mark: "stuck", since: 1_500, toldSince: 1_499 };
const looping = { mark: "looping", since: 1_200, toldSince: 1_199 };
const gaveUp = [{ policy: "resume_on_idle", reason: "it was resumed 3 times", at: 1_800 }];
const failed = { status: "error", turn: "failed" } as const;
const aborted = { turn: "aborted" } as const;
const busy = { status: "busy", turn: null } as const;

const told = (changes: Partial<StandingSession>): string => {
  const need = needOf(session(changes), LOOK);
  return need === undefined ? "nobody" : `${need.tier} ${need.cause} ${need.since}${need.text && `: ${need.text}`}`;
};

describe("a session needs", () => {
  it.each<[what: string, changes: Partial<StandingSession>, need: string]>([
    ["somebody once its turn is over", {}, "finished turn_over 2000"],
    ["nobody where that was before the last look", { restsSince: 999 }, "nobody"],
    ["nobody where nobody knows since when it rests", { restsSince: null }, "nobody"],
    ["nobody before its first turn", { turn: "none" }, "nobody"],
    ["nobody where a person stopped it", aborted, "nobody"],
    ["somebody where it was left at a denial", { turn: "denied" }, "finished turn_over 2000"],
    ["somebody where its prompt has no answer", { turn: "unanswered" }, "finished turn_over 2000"],
    ["nobody while the next prompt is on its way", { isComing: true }, "nobody"],
    ["nobody while it is at work", busy, "nobody"],
    ["nobody while its provider is tried again", { status: "retrying", turn: null }, "nobody"],
    ["nobody while it begins", { status: "starting", turn: "none" }, "nobody"],
    ["somebody where its turn failed, however long ago", { ...failed, statusSince: 1 }, "failed error 1"],
    [
      "somebody where a policy did all that it may",
      { gaveUp, restsSince: 1 },
      "failed gave_up 1800: resume_on_idle gave up: it was resumed 3 times",
    ],
    ["nobody where a policy gave up and it is at work again", { ...busy, gaveUp }, "nobody"],
    ["nobody where a policy gave up and a person stopped it", { ...aborted, gaveUp }, "nobody"],
    [
      "somebody where a policy gave up on what is stuck",
      { ...busy, gaveUp, marks: [stuck] },
      "failed gave_up 1800: resume_on_idle gave up: it was resumed 3 times",
    ],
    [
      "somebody where a turn failed and a policy gave up, for the failure",
      { ...failed, gaveUp },
      "failed error 2000: resume_on_idle gave up: it was resumed 3 times",
    ],
    ["somebody where it is stuck", { ...busy, marks: [stuck] }, "stuck mark 1500"],
    ["somebody where it loops, since the first of its marks", { ...busy, marks: [stuck, looping] }, "stuck mark 1200"],
    [
      "somebody where what it started is stuck",
      { ...busy, marks: [{ ...stuck, childId: "ses_child" }] },
      "stuck mark 1500",
    ],
    [
      "somebody where its prompt is stalled, rather than because it rests",
      { isComing: true, stalled: { commandId: "cmd_1", text: "its prompt cmd_1 is stalled: no turn", at: 1_700 } },
      "stuck stalled 1700: its prompt cmd_1 is stalled: no turn",
    ],
    [
      "somebody where a prompt waits behind a turn that was stopped",
      { ...aborted, held: { promptId: "prompt_1", at: 1_600 } },
      "stuck held 1600",
    ],
    [
      "nobody for a prompt that is sent once its turn is over",
      { ...busy, held: { promptId: "prompt_1", at: 1_600 } },
      "nobody",
    ],
    ["nobody for itself while it asks", { ...failed, isAsking: true }, "nobody"],
    ["nobody while it is being restarted", { ...failed, isRestarting: true }, "nobody"],
    ["nobody once it has ended", { status: "ended", turn: null }, "nobody"],
  ])("%s", (_what, changes, need) => {
    expect(told(changes)).toBe(need);
  });
});

const anyMark = fc.constantFrom(stuck, looping);
const anySession: fc.Arbitrary<StandingSession> = fc.record({
  status: fc.constantFrom("starting", "busy", "idle", "waiting", "retrying", "error", "ended"),
  turn: fc.constantFrom(null, "none", "aborted", "finished", "unknown"),
  statusSince: fc.nat(5_000),
  restsSince: fc.option(fc.nat(5_000)),
  gaveUp: fc.constantFrom([], gaveUp),
  marks: fc.array(anyMark, { maxLength: 2 }),
  stalled: fc.constantFrom(undefined, { commandId: "c", text: "t", at: 1 }),
  held: fc.constantFrom(undefined, { promptId: "p", at: 1 }),
  isAsking: fc.boolean(),
  isComing: fc.boolean(),
  isRestarting: fc.boolean(),
});

describe("for any session", () => {
  it("one that failed is never left out, unless something of it waits or goes on already", () => {
    fc.assert(
      fc.property(anySession, fc.nat(5_000), (one, look) => {
        fc.pre(one.status === "error" && !one.isAsking && !one.isRestarting);
        expect(needOf(one, look)?.tier).toBe("failed");
      }),
    );
  });

  it("a look takes away what is finished, and nothing else", () => {
    fc.assert(
      fc.property(anySession, fc.nat(5_000), fc.nat(5_000), (one, look, later) => {
        const before = needOf(one, look);
        const after = needOf(one, look + later);
        expect(before?.tier === "finished" ? [undefined, before] : [before]).toContainEqual(after);
      }),
    );
  });

  it("nobody is needed for one that is at work without a mark, a stalled prompt, or a question", () => {
    fc.assert(
      fc.property(anySession, fc.nat(5_000), (one, look) => {
        fc.pre(one.status === "busy" && one.marks.length === 0 && one.stalled === undefined);
        expect(needOf(one, look)).toBeUndefined();
      }),
    );
  });
});

describe("the order", () => {
  const anyItem: fc.Arbitrary<Placed> = fc.record(
    {
      tier: fc.constantFrom(...TIERS),
      since: fc.nat(20),
      nodeId: fc.constantFrom("n1", "n2"),
      id: fc.string({ maxLength: 3 }),
    },
    { noNullPrototype: true },
  );

  it("is by tier, what waits longest first, and of what is finished the newest", () => {
    const item = (tier: Placed["tier"], since: number): Placed => ({ tier, since, nodeId: "n", id: `${tier}${since}` });
    const items = [
      item("finished", 1),
      item("stuck", 5),
      item("finished", 3),
      item("blocked", 9),
      item("failed", 7),
      item("blocked", 2),
    ];
    expect(inOrder(items).map(({ id }) => id)).toEqual([
      "blocked2",
      "blocked9",
      "failed7",
      "stuck5",
      "finished3",
      "finished1",
    ]);
    expect(countByTier(items)).toEqual({ blocked: 2, failed: 1, stuck: 1, finished: 2 });
  });

  it("does not depend on the order in which items were found, and loses none", () => {
    fc.assert(
      fc.property(fc.array(anyItem), (items) => {
        const sorted = inOrder(items);
        expect(sorted).toEqual(inOrder(items.toReversed()));
        expect(new Set(sorted)).toEqual(new Set(items));
      }),
    );
  });
});
