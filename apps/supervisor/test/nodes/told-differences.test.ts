import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Differences, type Moment } from "../../src/capabilities/nodes/domain/differences.ts";
import {
  type Difference,
  type Held,
  type HeldSession,
  type Picture,
  toldDifferences,
} from "../../src/capabilities/nodes/domain/told-differences.ts";

const TOLD = ["busy", "idle", "waiting", "retrying", "error"] as const;
const HELD = [...TOLD, "starting", "ended"] as const;

const row = (id: string, status: HeldSession["status"], more: Partial<HeldSession> = {}): HeldSession => ({
  id,
  status,
  project: "p",
  title: "t",
  costMicroUsd: 7_260,
  tokensTotal: 1_200,
  undoneFrom: null,
  isUntold: false,
  ...more,
});
const request = (id: string, sessionId: string, project = "p") => ({ id, sessionId, project });

/** What a supervisor holds, with as many requests as each session has. */
const anyHeld: fc.Arbitrary<Held> = fc
  .array(
    fc.record({ status: fc.constantFrom(...HELD), requests: fc.nat({ max: 2 }), project: fc.constantFrom("p", "q") }),
    { maxLength: 12 },
  )
  .map((all) => ({
    sessions: all.map(({ status, project }, index) => row(`ses_${index}`, status, { project })),
    open: all.flatMap(({ status, requests, project }, index) =>
      Array.from({ length: status === "ended" || status === "starting" ? 0 : requests }, (_, n) =>
        request(`per_${index}_${n}`, `ses_${index}`, project),
      ),
    ),
    projects: ["p", "q"],
  }));

/** What an agent shows that told exactly that. */
function pictureOf({ sessions, open }: Held): Picture {
  const living = sessions.filter(({ status }) => status !== "ended");
  return {
    cut: false,
    sessions: living.map(({ id, status, title, costMicroUsd, tokensTotal: tokens, undoneFrom }) => ({
      id,
      facts: { title, costMicroUsd, tokens, undoneFrom: undoneFrom ?? undefined },
      status: status === "starting" || status === "ended" ? undefined : status,
      open: open.filter(({ sessionId }) => sessionId === id).map((one) => one.id),
    })),
    ended: sessions
      .filter(({ status }) => status === "ended")
      .map(({ id, title, costMicroUsd, tokensTotal: tokens, undoneFrom }) => ({
        id,
        facts: { title, costMicroUsd, tokens, undoneFrom: undoneFrom ?? undefined },
      })),
  };
}

const ids = (found: readonly Difference[]): string[] => found.map(({ sessionId }) => sessionId).toSorted();

// I20
describe("the log and what an agent told", () => {
  it("do not differ where the log holds what was told", () => {
    fc.assert(
      fc.property(anyHeld, (held) => {
        expect(toldDifferences(pictureOf(held), held)).toEqual([]);
      }),
    );
  });

  it("differ in exactly the sessions of which the log has another status", () => {
    fc.assert(
      fc.property(
        anyHeld,
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...HELD)), { maxLength: 4 }),
        (held, changes) => {
          const told = pictureOf(held);
          const sessions = held.sessions.map((one) => ({ ...one }));
          for (const [at, status] of changes) {
            const one = sessions[at % Math.max(1, sessions.length)];
            if (one !== undefined) sessions[sessions.indexOf(one)] = { ...one, status };
          }
          // nothing was told yet of one that is starting
          const changed = sessions.filter(({ status }, index) => {
            const before = held.sessions[index]?.status;
            return status !== before && before !== "starting";
          });
          const found = toldDifferences(told, { ...held, sessions });
          expect(ids(found)).toEqual(changed.map(({ id }) => id).toSorted());
        },
      ),
    );
  });

  it("differ in exactly the sessions of which the log has other facts", () => {
    const anyFacts = fc.record(
      {
        title: fc.constantFrom("t", "u"),
        costMicroUsd: fc.constantFrom(0, 7_260),
        tokensTotal: fc.constantFrom(1_200, 0),
        undoneFrom: fc.constantFrom(null, "msg_1"),
      },
      { requiredKeys: [] },
    );
    const facts = ({ title, costMicroUsd, tokensTotal, undoneFrom }: HeldSession) =>
      JSON.stringify([title, costMicroUsd, tokensTotal, undoneFrom]);
    fc.assert(
      fc.property(anyHeld, fc.array(anyFacts, { maxLength: 12 }), (held, changes) => {
        const sessions = held.sessions.map((one, index) => ({ ...one, ...changes[index] }));
        const changed = sessions.filter((one, index) => facts(one) !== facts(held.sessions[index] ?? one));
        const found = toldDifferences(pictureOf(held), { ...held, sessions });
        expect(ids(found)).toEqual(changed.map(({ id }) => id).toSorted());
      }),
    );
  });

  it("differ by no facts that an agent does not say, and by no title that is longer than a word", () => {
    const held: Held = { sessions: [row("ses_1", "idle")], open: [], projects: ["p"] };
    const told = (facts: Picture["sessions"][number]["facts"]): Picture => ({
      cut: false,
      sessions: [{ id: "ses_1", status: "idle", open: [], facts }],
    });
    expect(toldDifferences(told(undefined), held)).toEqual([]);
    expect(toldDifferences(told({ costMicroUsd: 7_260, tokens: 1_200 }), held)).toEqual([]);
  });

  it("say what differs in money and tokens, and no word of a title", () => {
    const held: Held = {
      sessions: [row("ses_1", "idle", { costMicroUsd: 0, title: "old secret" })],
      open: [],
      projects: ["p"],
    };
    const facts = { title: "new secret", costMicroUsd: 7_260, tokens: 45_231 };
    const told: Picture = { cut: false, sessions: [{ id: "ses_1", status: "idle", open: [], facts }] };
    expect(toldDifferences(told, held).map(({ text }) => text)).toEqual([
      "its agent told a cost of $0.0073, the log says $0; its agent told 45,231 tokens, the log says 1,200; " +
        "its agent told another title than the log has",
    ]);
  });

  it("differ in exactly the sessions of which the log has another request open, or lacks one", () => {
    fc.assert(
      fc.property(anyHeld, fc.boolean(), fc.nat(), (held, isLost, at) => {
        const told = pictureOf(held);
        const compared = told.sessions.filter(
          ({ status, open }) => status !== undefined && (!isLost || open.length > 0),
        );
        const one = compared[at % Math.max(1, compared.length)];
        fc.pre(one !== undefined);
        const id = one?.id ?? "";
        const open = isLost
          ? held.open.filter(({ id: known }) => known !== one?.open[0])
          : [...held.open, request("per_more", id)];
        const [found, ...others] = toldDifferences(told, { ...held, open });
        expect(others).toEqual([]);
        expect(found?.sessionId).toBe(id);
        expect(found?.open).toEqual(open.filter(({ sessionId }) => sessionId === id).map(({ id: known }) => known));
      }),
    );
  });

  it("say in words what each of them says", () => {
    const told: Picture = { cut: false, sessions: [{ id: "ses_1", status: "waiting", open: ["per_1"] }] };
    const text = (held: Partial<Held>): string | undefined =>
      toldDifferences(told, { sessions: [], open: [], projects: ["p"], ...held })[0]?.text;
    const waits = { open: [request("per_1", "ses_1")] };
    expect(text({ ...waits, sessions: [row("ses_1", "idle")] })).toBe("its agent told waiting, the log says idle");
    expect(text(waits)).toBe("its agent told waiting, the log has no such session");
    expect(text({ sessions: [row("ses_1", "waiting")] })).toBe(
      "its agent told that per_1 is not answered, the log says otherwise",
    );
    expect(text({ sessions: [row("ses_1", "waiting")], open: [...waits.open, request("per_2", "ses_1")] })).toBe(
      "the log says that per_2 is not answered, its agent did not tell that",
    );
    expect(text({ ...waits, sessions: [row("ses_1", "waiting"), row("ses_2", "busy")] })).toBe(
      "the log says busy, its agent told that it ended, or knows nothing of it",
    );
  });

  it.each<[string, Partial<Held>, Partial<Picture>]>([
    [
      "moved here with a replaced node and was not told of",
      { sessions: [row("ses_1", "idle", { isUntold: true })] },
      {},
    ],
    [
      "is of a project that the node does not have any more",
      { sessions: [row("ses_1", "busy", { project: "old" })], open: [request("per_1", "ses_1", "old")] },
      {},
    ],
    ["has ended for both", { sessions: [row("ses_1", "ended")] }, {}],
    ["is behind what a picture has room for", { sessions: [row("ses_1", "busy")] }, { cut: true }],
    [
      "was told of without a status so far",
      { sessions: [row("ses_1", "ended")], open: [request("per_1", "ses_1")] },
      { sessions: [{ id: "ses_1", open: [], status: undefined }] },
    ],
  ])("do not differ in a session that %s", (_name, held, told) => {
    const picture = { cut: false, sessions: [], ...told };
    expect(toldDifferences(picture, { sessions: [], open: [], projects: ["p"], ...held })).toEqual([]);
  });

  it("differ where something of an ended session waits for a person", () => {
    const held = { sessions: [], open: [request("per_1", "ses_1")], projects: ["p"] };
    expect(ids(toldDifferences({ cut: false, sessions: [] }, held))).toEqual(["ses_1"]);
  });
});

describe("differences that are remembered", () => {
  const MINUTE_MS = 60_000;
  const at = (minutes: number): Moment => ({ now: 1_000 + minutes * MINUTE_MS, monotonicMs: minutes * MINUTE_MS });
  const one = (text = "a"): Difference => ({ sessionId: "ses_1", text, open: [] });

  it("are news once, as long as they say the same", () => {
    const known = new Differences();
    expect(known.update("n", [one()], at(0)).fresh).toEqual([expect.objectContaining(one())]);
    expect(known.update("n", [one()], at(1)).fresh).toEqual([]);
    expect(known.update("n", [one("b")], at(2)).fresh).toHaveLength(1);
    expect(known.of("n")).toEqual([expect.objectContaining({ text: "b", since: 1_000 })]);
    expect(known.update("n", [], at(3)).gone).toEqual(["ses_1"]);
    expect(known.of("n")).toEqual([]);
    expect(known.count).toBe(0);
  });

  it("are told once more at once, and ever more seldom where that mends nothing", () => {
    const known = new Differences();
    const asked: number[] = [];
    for (let minute = 0; minute <= 7 * 1_440; minute += 1)
      if (known.update("n", [one(String(minute % 2))], at(minute)).retell.length > 0) asked.push(minute);
    expect(asked.slice(0, 5)).toEqual([0, 10, 30, 70, 150]);
    const waits = asked.slice(1).map((minute, index) => minute - (asked[index] ?? 0));
    expect(Math.max(...waits)).toBe(1_440);
    // one that was mended and is there again is another one
    known.update("n", [], at(20_000));
    expect(known.update("n", [one()], at(20_001)).retell).toHaveLength(1);
  });

  it("are some of a node at a time, and none of a node that is gone", () => {
    const known = new Differences();
    const many = Array.from({ length: 1_000 }, (_, index) => ({ sessionId: `ses_${index}`, text: "a", open: [] }));
    expect(known.update("n", many, at(0)).retell).toHaveLength(100);
    expect(known.update("m", [one()], at(0)).gone).toEqual([]);
    expect(known.count).toBe(101);
    // those that are still there are not told to be gone because they are not remembered
    expect(known.update("n", many.slice(50), at(1))).toMatchObject({ gone: { length: 50 }, retell: { length: 50 } });
    known.forget("n");
    expect(known.of("n")).toEqual([]);
    expect(known.count).toBe(1);
  });
});
