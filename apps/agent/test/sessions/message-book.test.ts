import type { HalEvent } from "@hal/protocol";
import { expect, it } from "vitest";
import { MessageBook } from "../../src/capabilities/sessions/domain/messages/message-book.ts";
import { anAnswer, aText } from "../support/source-facts.ts";
import { SourceKeys } from "../../src/capabilities/sessions/domain/source-keys.ts";

const ANSWER = "msg_2";
const answer = (costMicroUsd: number) =>
  anAnswer(ANSWER, { finish: "stop", costMicroUsd, createdAt: 4, completedAt: 9 });
const part = aText("prt_2", ANSWER, "answer");

/** A book of an agent that was started just now, which told this much before. */
function book(told: ReadonlyMap<string, string> = new Map()) {
  const events: HalEvent[] = [];
  const made = new MessageBook(new SourceKeys("ses_1"), told, (event) => void events.push(event));
  let seq = -1;
  return {
    made,
    events,
    /** source keys and texts of the messages that were told */
    told: () => events.map(({ sourceKey, data }) => [sourceKey, (data as { text: string }).text] as const),
    part: () => made.part(part, undefined, { seq: (seq += 1), fresh: true }),
    row: (cost: number) => void made.message(answer(cost), { seq: (seq += 1), fresh: true }),
  };
}

// I3
it("tells each content of a message once, under a name of its own", () => {
  const one = book();
  one.part();
  for (const cost of [1, 1, 2, 2]) one.row(cost);
  const keys = one.told().map(([key]) => key);
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(2);
  for (const key of keys) expect(key).toContain(ANSWER);
});

// I9
it("calls what is older than its session a copy, which was paid for elsewhere, and what is not its own", () => {
  const copied = [3, 4, 5].map((began) => {
    const one = book();
    one.made.sessionCreatedAt = began;
    one.part();
    one.row(1);
    return one.events.map(({ data }) => (data as { copied: boolean }).copied);
  });
  expect(copied).toEqual([[false], [false], [true]]);
});

// I3, I9
it("says what it cost to a thousandth of a micro-dollar, and tells nothing again for that alone", () => {
  const costs = [3_300, 3_400].map((costNanoUsd) => {
    const one = book();
    one.part();
    const told = { ...answer(3), costNanoUsd };
    one.made.message(told, { seq: 9, fresh: true });
    one.made.message({ ...told, costNanoUsd: costNanoUsd + 1 }, { seq: 10, fresh: true });
    return one.events.map(({ sourceKey, data }) => [sourceKey, (data as { costNanoUsd: number }).costNanoUsd] as const);
  });
  expect(costs.map((told) => told.map(([, cost]) => cost))).toEqual([[3_300], [3_400]]);
  // an agent that knew nothing of it gave the message the same name
  expect(costs[0]?.[0]?.[0]).toBe(costs[1]?.[0]?.[0]);
});

// I3
it("has the same name for the same content in another life", () => {
  const [one, other] = [book(), book()];
  for (const each of [one, other]) {
    each.part();
    each.row(1);
  }
  expect(other.told()).toEqual(one.told());
});

// I3
it("tells nothing over a whole message of which it has the row alone, after a restart", () => {
  const before = book();
  before.part();
  before.row(1);
  const [{ messageId, hash } = { messageId: "", hash: "" }] = before.made.take().messages;
  expect(messageId).toBe(ANSWER);
  const after = book(new Map([[messageId, hash]]));
  after.row(1);
  after.row(2);
  expect(after.told()).toEqual([]);
  after.part();
  after.row(2);
  expect(after.told().map(([, text]) => text)).toEqual(["answer"]);
});

it("tells an answer as aborted that ended with nothing in it and no reason, and not a command that a person ran", () => {
  const end = anAnswer(ANSWER, { finish: undefined, createdAt: 4, completedAt: 9 });
  const states = [[], [aText("prt_2", ANSWER, "ran")]].map((parts) => {
    const one = book();
    for (const each of parts) one.made.part(each, undefined, { seq: 0, fresh: true });
    const state = one.made.message(end, { seq: 1, fresh: true });
    return [state, ...one.events.map(({ data }) => (data as { state: string }).state)];
  });
  expect(states).toEqual([
    ["aborted", "aborted"],
    ["complete", "complete"],
  ]);
});
