import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type ButtonRow,
  buttonsUsed,
  type CardRow,
  cardById,
  keepButtons,
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

let stage: LogStage;
beforeAll(async () => {
  stage = await LogStage.open();
});
beforeEach(() => stage.anew());
afterAll(() => stage[Symbol.asyncDispose]());

async function card(id: string, target: string, changes: Partial<CardRow> = {}): Promise<void> {
  const { closedAt = null, ...rest } = changes;
  const row = { id, target, subject: SUBJECT, postedId: `p-${id}`, shown: "x", openedAt: 1, toldStatus: null, ...rest };
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

  it("of sessions are listed once each, with what their platform was told of them", async () => {
    await card("a1", "slack#alerts", { openedAt: 3, closedAt: 5 });
    await card("a2", "slack#alerts", { openedAt: 4 });
    await card("n", "slack#alerts", { subject: "node/n1", openedAt: 9 });
    await card("o", "slack#alerts", { subject: "session/n1/ses_2", openedAt: 1 });
    await recordToldStatus(stage.store, "a2", "processing");
    const found = sessionCards(stage.store, "slack#alerts", { after: 2, limit: 10 });
    expect(found.map(({ id, toldStatus }) => [id, toldStatus])).toEqual([["a2", "processing"]]);
  });
});
