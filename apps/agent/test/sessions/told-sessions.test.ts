import { LIMITS, Told } from "@hal/protocol";
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { NEW_SESSION, type SavedSession } from "../../src/capabilities/sessions/domain/saved-session.ts";
import { toldSessions } from "../../src/capabilities/sessions/domain/told-sessions.ts";

const saved = (changes: Partial<SavedSession> = {}): SavedSession => ({ ...NEW_SESSION, project: "p", ...changes });

const anySession: fc.Arbitrary<SavedSession> = fc
  .record({
    project: fc.option(fc.constant("p"), { nil: undefined }),
    status: fc.constantFrom("busy", "idle", "waiting", "retrying", "error", "ended", undefined),
    createdAt: fc.option(fc.nat(), { nil: undefined }),
    open: fc.dictionary(fc.stringMatching(/^per_[a-z]{1,5}$/), fc.constant("permission" as const), { maxKeys: 3 }),
  })
  .map(saved);
const anyTable = fc
  .array(anySession, { maxLength: 30 })
  .map((all) => new Map(all.map((session, index) => [`ses_${index}`, session])));

const asFrame = (shown: ReturnType<typeof toldSessions>) =>
  v.safeParse(Told, { type: "told", epoch: "e", seq: 1, ...shown });

describe("what is shown of the told table", () => {
  it("is every session of a project that has not ended, with what was told of it", () => {
    fc.assert(
      fc.property(anyTable, (told) => {
        const { sessions, cut } = toldSessions(told);
        const living = [...told].filter(([, { project, status }]) => project !== undefined && status !== "ended");
        expect(cut).toBe(false);
        expect(new Set(sessions.map(({ id }) => id))).toEqual(new Set(living.map(([id]) => id)));
        for (const { id, status, open } of sessions) {
          const of = told.get(id);
          expect(status).toBe(of?.status);
          // of one of which no status was told nothing is to be compared
          expect(open).toEqual(status === undefined ? [] : Object.keys(of?.open ?? {}));
        }
      }),
    );
  });

  it("says the facts that were told of each, without a title that is longer than a word", () => {
    const tokens = { input: 1, output: 2, reasoning: 3, cacheRead: 4, cacheWrite: 5 };
    const facts = { title: "t", costMicroUsd: 7_260, tokens, createdAt: 1, updatedAt: 2 };
    const told = new Map([
      ["ses_all", saved({ facts: JSON.stringify({ ...facts, undoneFrom: { messageId: "msg_1", partId: "prt_1" } }) })],
      ["ses_long", saved({ facts: JSON.stringify({ ...facts, tokens: undefined, title: "t".repeat(2_000) }) })],
      ["ses_none", saved()],
    ]);
    const shown = asFrame(toldSessions(told));
    expect(shown.success && shown.output.type === "told" ? shown.output.sessions : []).toEqual([
      { id: "ses_all", open: [], facts: { title: "t", costMicroUsd: 7_260, tokens: 15, undoneFrom: "msg_1" } },
      { id: "ses_long", open: [], facts: { costMicroUsd: 7_260, tokens: 0 } },
      { id: "ses_none", open: [] },
    ]);
  });

  it("says of those that have ended the facts alone, where any were told", () => {
    const facts = JSON.stringify({ title: "t", costMicroUsd: 7_260, createdAt: 1, updatedAt: 2 });
    const told = new Map([
      ["ses_lives", saved({ status: "idle", facts })],
      ["ses_older", saved({ status: "ended", facts, createdAt: 1 })],
      ["ses_newer", saved({ status: "ended", facts, createdAt: 2 })],
      ["ses_none", saved({ status: "ended" })],
      ["ses_elsewhere", saved({ status: "ended", facts, project: undefined })],
    ]);
    const shown = asFrame(toldSessions(told));
    const end = { facts: { title: "t", costMicroUsd: 7_260, tokens: 0 } };
    expect(shown.success && shown.output.type === "told" ? shown.output : undefined).toMatchObject({
      sessions: [{ id: "ses_lives" }],
      ended: [
        { id: "ses_newer", ...end },
        { id: "ses_older", ...end },
      ],
    });
  });

  it("gives those that live the room of a frame first", () => {
    const facts = JSON.stringify({ title: "t".repeat(900), costMicroUsd: 1, createdAt: 1, updatedAt: 2 });
    const all = Array.from({ length: 3_000 }, (_, at) => at);
    const told = new Map(
      all.map((at) => [`ses_${at}`, saved({ status: at < 100 ? "idle" : "ended", facts, createdAt: at })]),
    );
    const shown = toldSessions(told);
    expect(shown.cut).toBe(false);
    expect(shown.sessions).toHaveLength(100);
    expect(shown.ended[0]?.id).toBe("ses_2999");
    expect(shown.ended.length).toBeGreaterThan(0);
    expect(asFrame(shown).success).toBe(true);
    expect(JSON.stringify(shown).length).toBeLessThan(LIMITS.frameBytes);
  });

  it("is the newest ones and says so, where there are more than a frame has room for", () => {
    const many = Array.from({ length: LIMITS.toldSessions + 5 }, (_, index) => index);
    const told = new Map(many.map((at) => [`ses_${at}`, saved({ status: "idle", createdAt: at })]));
    const { sessions, cut } = toldSessions(told);
    expect(cut).toBe(true);
    expect(sessions).toHaveLength(LIMITS.toldSessions);
    expect(sessions[0]?.id).toBe(`ses_${many.length - 1}`);
    expect(sessions.at(-1)?.id).toBe("ses_5");
  });

  it("is never more than a frame, and what does not fit into one is left out", () => {
    const open = Object.fromEntries(
      Array.from({ length: 900 }, (_, index) => [`per_${"x".repeat(100)}${index}`, "permission" as const]),
    );
    const told = new Map<string, SavedSession>([
      ...Array.from({ length: 30 }, (_, at) => [`ses_${at}`, saved({ status: "waiting", open })] as const),
      ["not an id", saved({ status: "idle", createdAt: 9 })],
    ]);
    const shown = toldSessions(told);
    expect(shown.cut).toBe(true);
    expect(shown.sessions.length).toBeGreaterThan(0);
    expect(shown.sessions.map(({ id }) => id)).not.toContain("not an id");
    expect(JSON.stringify(shown).length).toBeLessThan(LIMITS.frameBytes);
    expect(asFrame(shown).success).toBe(true);
  });

  it("says nothing of the requests of a session that has more of them than can be said", () => {
    const open = Object.fromEntries(
      Array.from({ length: LIMITS.toldRequests + 1 }, (_, index) => [`per_${index}`, "permission" as const]),
    );
    expect(toldSessions(new Map([["ses_1", saved({ status: "waiting", open })]]))).toEqual({
      sessions: [{ id: "ses_1", open: [] }],
      ended: [],
      cut: false,
    });
  });
});
