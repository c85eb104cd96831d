import { writeDeep } from "@hal/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Appended,
  appendOwnEvents,
  type CommandRow,
  listEvents,
  queueCommand,
  removeNode,
  takeFrame,
} from "../../../src/supervisor/index.ts";
import { LogStage, NODE } from "../../support/log-stage.ts";

let stage: LogStage;
let told: (Appended | undefined)[];
beforeAll(async () => {
  stage = await LogStage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(async () => {
  await stage.anew();
  told = [];
  stage.store.writer.listen((end) => void told.push(end.kind === "committed" ? end.appended : undefined));
});

const newestId = async (): Promise<number> => (await listEvents(stage.store, { limit: 1 }))[0]?.id ?? 0;

function frameOf(events: readonly object[]) {
  return { nodeId: NODE, bytes: Buffer.from(writeDeep({ type: "events", epoch: "e1", events })), receivedAt: 100 };
}

function command(id: string, state: CommandRow["state"]): CommandRow {
  const none = { project: null, sessionId: null, output: null, error: null, keyHash: null, payloadHash: null };
  const times = { createdAt: 5, deadlineAt: null, sentAt: null, cancelRequestedAt: null, finishedAt: null };
  return { id, type: "node.status", nodeId: NODE, actor: "ada", args: {}, state, sentEpoch: "e1", ...none, ...times };
}

describe("a commit", () => {
  it("tells what it appended, of a frame and of a write alike, and up to which event", async () => {
    const gap = { type: "gap", at: 1, sourceKey: "restored/x", data: { reason: "supervisor_restored" } } as const;
    await Promise.all([
      appendOwnEvents(stage.store, [{ event: gap, nodeId: NODE }], 1),
      takeFrame(
        stage.store,
        frameOf([{ seq: 1, at: 1, type: "session.busy", session: "ses_1", project: "p", data: {} }]),
      ),
      takeFrame(stage.store, frameOf([{ seq: 2, at: 1, type: "gap", data: { from: 2, reason: "outbox_full" } }])),
    ]);
    expect(told).toEqual([
      {
        newestId: await newestId(),
        counts: { gap: 2, "session.busy": 1 },
        gaps: ["supervisor_restored", "outbox_full"],
        ended: [],
      },
    ]);
    // the same fact once more is nothing new
    await appendOwnEvents(stage.store, [{ event: gap, nodeId: NODE }], 1);
    expect(told.slice(1)).toEqual([undefined]);
  });

  it("tells nothing of what was undone, and of an event that was tried again once", async () => {
    const failing = appendOwnEvents(
      stage.store,
      [
        { event: { type: "node.online", at: 1, sourceKey: "a", data: { hostname: "box" } } },
        { event: { type: "node.online", at: null as never, sourceKey: "b", data: { hostname: "box" } } },
      ],
      1,
    );
    const taking = takeFrame(
      stage.store,
      frameOf([
        { seq: 1, at: 1, type: "session.busy", session: "ses_1", project: "p", data: {} },
        { seq: 2, at: 1, type: "session.message", session: "ses_1", project: "p", data: { messageId: "m" } },
      ]),
    );
    await expect(failing).rejects.toThrow(/NOT NULL/);
    await taking;
    expect(told).toMatchObject([{ counts: { "session.busy": 1, "event.invalid": 1 } }]);
    expect(await listEvents(stage.store, { limit: 10 })).toHaveLength(2);
  });

  it("tells which commands ended with it, whoever ended them", async () => {
    await queueCommand(stage.store, command("cmd_1", "sent"));
    await queueCommand(stage.store, command("cmd_2", "queued"));
    await queueCommand(stage.store, command("cmd_3", "sent"));
    const done = { seq: 1, at: 50, type: "command.succeeded", data: { commandId: "cmd_1", output: {} } };
    await takeFrame(stage.store, frameOf([done]));
    await removeNode(stage.store, { nodeId: NODE }, 200);
    const about = { type: "node.status", createdAt: 5 };
    expect(told.slice(3)).toMatchObject([
      { ended: [{ ...about, id: "cmd_1", state: "succeeded", endedAt: 100 }] },
      {
        counts: { "command.failed": 1, "command.cancelled": 1, "node.removed": 1 },
        ended: [
          { ...about, id: "cmd_3", state: "failed", endedAt: 200 },
          { ...about, id: "cmd_2", state: "cancelled", endedAt: 200 },
        ],
      },
    ]);
  });

  it("is heard of by everybody who listens, until they stop", async () => {
    const heard: string[] = [];
    const stop = stage.store.writer.listen(() => void heard.push("first"));
    stage.store.writer.listen(() => void heard.push("second"));
    await appendOwnEvents(stage.store, [], 1);
    stop();
    await appendOwnEvents(stage.store, [], 1);
    expect(heard).toEqual(["first", "second", "second"]);
  });
});
