import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type ButtonRow,
  buttonsUsed,
  type CardRow,
  cardById,
  dueCards,
  keepButtons,
  letCardGo,
  newestCard,
  openCard,
  openCardsOf,
  recordCard,
  recordToldStatus,
  releaseButton,
  reviveCards,
  sessionCards,
  takeButton,
} from "../../../src/supervisor/index.ts";
import { LogStage } from "../../support/log-stage.ts";

const SUBJECT = "session/n1/ses_1";
const FRESH = { overUpTo: null, isDue: false, toldStatus: null } as const;

let stage: LogStage;
beforeAll(async () => {
  stage = await LogStage.open();
});
beforeEach(() => stage.anew());
afterAll(() => stage[Symbol.asyncDispose]());

async function card(id: string, target: string, changes: Partial<CardRow> = {}): Promise<void> {
  const { closedAt = null, ...rest } = changes;
  const row = { id, target, subject: SUBJECT, postedId: `p-${id}`, shown: "x", openedAt: 1, ...FRESH, ...rest };
  await openCard(stage.store, { ...row, closedAt: null });
  if (closedAt !== null) await recordCard(stage.store, id, { closedAt });
}

function button(id: string, cardId: string, key = "resume/1"): ButtonRow {
  const what = { label: "Resume", operation: "sessions.prompt", input: {}, form: null };
  return { id, cardId, key, ...what, createdAt: 1, usedAt: null, usedBy: null };
}

const closedAt = (id: string): number | null | undefined => cardById(stage.store, id)?.closedAt;

describe("a button", () => {
  it("is used once, also where another card of the same thing offers the same", async () => {
    await card("a", "slack#alerts");
    await card("b", "discord#alerts");
    await card("c", "slack#alerts", { subject: "session/n1/ses_2" });
    await keepButtons(stage.store, [
      button("1", "a"),
      button("2", "b"),
      button("3", "c"),
      button("4", "b", "resume/2"),
    ]);
    const take = (id: string, now: number) => takeButton(stage.store, id, { by: "ann", now });
    expect([await take("1", 5), await take("1", 6), await take("2", 7)]).toEqual([true, false, false]);
    expect([await take("3", 8), await take("4", 9), await take("none", 9)]).toEqual([true, true, false]);
    expect(buttonsUsed(stage.store, SUBJECT, 10).map(({ id, usedAt }) => [id, usedAt])).toEqual([
      ["4", 9],
      ["1", 5],
    ]);
    expect(buttonsUsed(stage.store, SUBJECT, 1)).toHaveLength(1);
    await releaseButton(stage.store, "1");
    expect(await take("2", 10)).toBe(true);
  });
});

describe("the cards of a thing", () => {
  it("are changed again at each target, the newest of each, and no older one", async () => {
    await card("a1", "slack#alerts", { openedAt: 1, closedAt: 5 });
    await card("a2", "slack#alerts", { openedAt: 2, closedAt: 6 });
    await card("b1", "discord#alerts", { openedAt: 1, closedAt: 5 });
    await card("b2", "discord#alerts", { openedAt: 2 });
    await card("d1", "slack#dev", { openedAt: 1, closedAt: 5, postedId: null });
    await card("e1", "slack#alerts", { subject: "session/n1/ses_2", closedAt: 5 });
    await reviveCards(stage.store, SUBJECT);
    expect(["a1", "a2", "b1", "b2", "d1", "e1"].map(closedAt)).toEqual([5, null, 5, null, 5, 5]);
    expect(newestCard(stage.store, "slack#alerts", SUBJECT)?.id).toBe("a2");
    expect(openCardsOf(stage.store, SUBJECT).map(({ id }) => id)).toEqual(["a2", "b2"]);
    // asked twice it is the same
    await reviveCards(stage.store, SUBJECT);
    expect(openCardsOf(stage.store, SUBJECT)).toHaveLength(2);
  });

  it("of sessions are listed with what their platform was told of them, and with whether there is a newer one", async () => {
    await card("a0", "slack#alerts", { openedAt: 2, closedAt: 5 });
    await card("a1", "slack#alerts", { openedAt: 3, closedAt: 5 });
    await card("a2", "slack#alerts", { openedAt: 4 });
    await card("n", "slack#alerts", { subject: "node/n1", openedAt: 9 });
    await card("o", "slack#alerts", { subject: "session/n1/ses_2", openedAt: 1 });
    await recordToldStatus(stage.store, "a2", "processing");
    const found = sessionCards(stage.store, "slack#alerts", { after: 2, limit: 10 });
    expect(found.map(({ id, toldStatus, isOlder }) => [id, toldStatus, isOlder])).toEqual([
      ["a2", "processing", false],
      ["a1", null, true],
    ]);
  });

  describe("tells what happens", () => {
    const ALERTS = "slack#alerts";
    const fresh = (id: string, openedAt: number): CardRow => ({
      id,
      target: ALERTS,
      subject: SUBJECT,
      postedId: null,
      shown: null,
      openedAt,
      closedAt: null,
      ...FRESH,
    });
    const openFor = async (id: string, eventId?: number | null, openedAt = 9): Promise<string> =>
      (await openCard(stage.store, fresh(id, openedAt), eventId)).id;
    const due = (): readonly string[] => dueCards(stage.store, ALERTS).map(({ id }) => id);

    it.each([
      ["before it shows a rest", null, 7, "a"],
      ["up to the rest that it shows", 7, 7, "a"],
      ["whenever it is told", 7, undefined, "a"],
      ["after that rest", 7, 8, "b"],
      ["in no log", 7, null, "b"],
    ])("%s: by the card that is meant", async (_when, overUpTo, eventId, teller) => {
      await card("a", ALERTS, { overUpTo });
      expect(await openFor("b", eventId)).toBe(teller);
      expect(due()).toEqual(teller === "a" ? [] : ["a"]);
      expect(openCardsOf(stage.store, SUBJECT).map(({ id }) => id)).toEqual([teller]);
      expect(newestCard(stage.store, ALERTS, SUBJECT)?.id).toBe(teller);
    });

    it("by a newer one, whatever the clock does, and only the one before that is due", async () => {
      await card("a", ALERTS, { overUpTo: 1, openedAt: 50 });
      await openFor("b", 2, 20);
      await recordCard(stage.store, "a", { isDue: false });
      await recordCard(stage.store, "b", { postedId: "p-b", overUpTo: 3, closedAt: 21 });
      await openFor("c", 4, 20);
      expect(newestCard(stage.store, ALERTS, SUBJECT)?.id).toBe("c");
      expect([due(), closedAt("b")]).toEqual([["b"], 21]);
    });

    it("and is not due where its message is gone, or was never there", async () => {
      await card("a", ALERTS, { overUpTo: 1 });
      await letCardGo(stage.store, "a", { steps: "steps", reason: "it is gone", now: 5 });
      await openFor("b", 2);
      await recordCard(stage.store, "b", { overUpTo: 3 });
      await openFor("c", 4);
      expect(due()).toEqual([]);
    });
  });
});
