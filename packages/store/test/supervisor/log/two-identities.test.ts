import { afterEach, beforeEach, expect, it } from "vitest";
import { listEvents, listMessages, removeNode } from "../../../src/supervisor/index.ts";
import { LogStage, NODE, OTHER_NODE } from "../../support/log-stage.ts";
import { spentSince } from "../../support/spent-since.ts";

let stage: LogStage;
beforeEach(async () => {
  stage = await LogStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

const about = { project: "p", session: "ses_1" };
const FACTS = [
  { ...about, type: "session.started", sourceKey: "ses_1/started", data: { title: "t", createdAt: 1, updatedAt: 1 } },
  {
    ...about,
    type: "session.message",
    sourceKey: "ses_1/msg_1/hash",
    data: { messageId: "msg_1", role: "assistant", state: "complete", text: "done", createdAt: 1, costMicroUsd: 7 },
  },
];

// I2
it("what two identities of a node tell of one message is in the log from each, and is one where one took the other's place", async () => {
  await stage.greet(OTHER_NODE);
  for (const node of [NODE, OTHER_NODE, OTHER_NODE]) await stage.tellAs(node, 1, ...FACTS);
  const told = await listEvents(stage.store, { type: "session.message", limit: 10 });
  expect(told.map(({ nodeId }) => String(nodeId)).toSorted()).toEqual([NODE, OTHER_NODE]);
  await removeNode(stage.store, { nodeId: NODE, heirId: OTHER_NODE }, 2);
  const shown = await Promise.all([NODE, OTHER_NODE].map((node) => listMessages(stage.store, node, "ses_1", 10)));
  expect(shown.map((rows) => rows.map(({ id }) => id))).toEqual([[], ["msg_1"]]);
  expect((await spentSince(stage.store, 0)).map(({ costMicroUsd }) => costMicroUsd)).toEqual([7]);
  expect(await listEvents(stage.store, { type: "session.message", limit: 10 })).toHaveLength(2);
});
