import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  addNotices,
  bindNotices,
  cardById,
  cardsById,
  countToldBy,
  hasToTell,
  lastToldBy,
  letCardGo,
  listNotices,
  type NoticeRow,
  noticesById,
  noticesOfCard,
  noticesToTell,
  openCard,
  openCardOf,
  recordTried,
  subjectsToldSince,
} from "../../../src/supervisor/index.ts";
import { LogStage } from "../../support/log-stage.ts";

const SLACK = "slack#alerts";
const FRESH = { failingSince: null, reason: null, failures: 0, notBefore: 0, lastSentAt: 20 };

let stage: LogStage;
beforeAll(async () => {
  stage = await LogStage.open();
});
beforeEach(() => stage.anew());
afterAll(() => stage[Symbol.asyncDispose]());

function notice(id: string, changes: Partial<NoticeRow> = {}): NoticeRow {
  return {
    id,
    target: SLACK,
    fingerprint: `event/${id}`,
    eventId: 1,
    route: "session.error",
    subject: `session/n/${id}`,
    type: "session.error",
    at: 1,
    data: { text: `${id} failed`, project: "web", node: "box" },
    state: "waiting",
    isUrgent: false,
    cardId: null,
    tries: 0,
    dueAt: 10,
    reason: null,
    createdAt: 10,
    closedAt: null,
    ...changes,
  };
}

function told(id: string, others: readonly string[], changes: Partial<NoticeRow> = {}) {
  const end = { state: "digested" as const, tries: 1, dueAt: 20, reason: null, closedAt: 20, cardId: "card" };
  return { notice: { id, target: SLACK, ...end, ...changes }, others, target: FRESH, hurry: false, now: 20 };
}

const card = (id: string, subject: string) => ({
  id,
  target: SLACK,
  subject,
  postedId: null,
  shown: null,
  openedAt: 1,
  closedAt: null,
  overUpTo: null,
  isDue: false,
  toldStatus: null,
});

// I31
describe("what waits for a target for people", () => {
  it("is found as far as it may be tried, what is new before what failed", async () => {
    await addNotices(stage.store, [
      notice("failed", { tries: 2, createdAt: 1 }),
      notice("later", { dueAt: 100 }),
      notice("new", { createdAt: 11, isUrgent: true }),
      notice("done", { state: "sent", closedAt: 12 }),
      notice("elsewhere", { target: "slack#other" }),
    ]);
    expect(noticesToTell(stage.store, SLACK, 50).map(({ id, isUrgent }) => [id, isUrgent])).toEqual([
      ["new", true],
      ["failed", false],
    ]);
    expect(noticesById(stage.store, ["new", "gone", "done"]).map(({ id }) => id)).toEqual(["new", "done"]);
    expect(noticesById(stage.store, [])).toEqual([]);
  });

  it("is bound to a card until it is told, and several end together", async () => {
    await addNotices(stage.store, [
      notice("a"),
      notice("b"),
      notice("c"),
      notice("d", { state: "sent", closedAt: 12 }),
    ]);
    await bindNotices(stage.store, ["a", "b", "d"], "card");
    expect(noticesOfCard(stage.store, "card")).toEqual(
      ["a", "b"].map((id) => ({
        id,
        type: "session.error",
        subject: `session/n/${id}`,
        at: 1,
        text: `${id} failed`,
        project: "web",
        node: "box",
      })),
    );
    expect(hasToTell(stage.store, "card")).toBe(true);
    await recordTried(stage.store, told("a", ["b"]));
    expect(hasToTell(stage.store, "card")).toBe(false);
    expect(countToldBy(stage.store, ["card", "none"])).toEqual(new Map([["card", 2]]));
    expect(countToldBy(stage.store, [])).toEqual(new Map());
    const rows = await listNotices(stage.store, { target: SLACK, limit: 10 });
    expect(Object.fromEntries(rows.map(({ id, state, cardId }) => [id, [state, cardId]]))).toEqual({
      a: ["digested", "card"],
      b: ["digested", "card"],
      c: ["waiting", null],
      d: ["sent", null],
    });
  });

  it("counts its subjects of the last minute, but for questions", async () => {
    await addNotices(stage.store, [
      notice("a", { state: "sent", closedAt: 100 }),
      notice("b", { state: "digested", closedAt: 101 }),
      notice("again", { state: "digested", closedAt: 102, subject: "session/n/b" }),
      notice("asked", { state: "sent", closedAt: 100, type: "interaction.asked" }),
      notice("muted", { state: "muted", closedAt: 100 }),
      notice("old", { state: "sent", closedAt: 50 }),
    ]);
    expect(subjectsToldSince(stage.store, SLACK, 50)).toEqual(new Set(["session/n/a", "session/n/b"]));
  });

  it("is told elsewhere where its card is gone, and a step of that card is not told", async () => {
    await openCard(stage.store, card("card", "session/n/a"));
    await addNotices(stage.store, [
      notice("a", { cardId: "card" }),
      notice("step", { cardId: "card", route: "steps" }),
    ]);
    expect(openCardOf(stage.store, SLACK, "session/n/a")?.id).toBe("card");
    await letCardGo(stage.store, "card", { steps: "steps", reason: "it is gone", now: 30 });
    expect(openCardOf(stage.store, SLACK, "session/n/a")).toBeUndefined();
    expect(cardById(stage.store, "card")).toMatchObject({ closedAt: 30 });
    expect([...cardsById(stage.store, ["card", "none"]).keys()]).toEqual(["card"]);
    expect(noticesById(stage.store, ["a", "step"])).toMatchObject([
      { state: "waiting", cardId: null },
      { state: "muted", reason: "it is gone", closedAt: 30 },
    ]);
  });

  it("is shown as far as it can be read, whoever wrote it", async () => {
    await addNotices(stage.store, [notice("a", { cardId: "card" }), notice("b", { cardId: "card", data: {} })]);
    expect(noticesOfCard(stage.store, "card").map(({ text }) => text)).toEqual(["a failed", null]);
  });

  it("knows when a route told last", async () => {
    expect(lastToldBy(stage.store, SLACK, "digest_at")).toBeUndefined();
    await addNotices(stage.store, [
      notice("one", { route: "digest_at", at: 5, createdAt: 5 }),
      notice("two", { route: "digest_at", at: 9, createdAt: 9 }),
      notice("other", { at: 99, createdAt: 99 }),
    ]);
    expect(lastToldBy(stage.store, SLACK, "digest_at")).toBe(9);
  });
});
