import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HalEvent } from "@hal/protocol";
import {
  acknowledge,
  type AgentStore,
  allTold,
  beginExecution,
  finishExecution,
  openAgentStore,
  outboxAfter,
  outboxPosition,
  record,
  resetEpoch,
  toldMessagesOf,
  unfinishedExecutions,
} from "@hal/store/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const migrations = fileURLToPath(new URL("../../../packages/store/migrations/agent", import.meta.url));
let directory: string;
let store: AgentStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal agent "));
  store = openAgentStore({ file: join(directory, "agent.db"), migrations });
});
afterEach(async () => {
  store.sqlite.close();
  await rm(directory, { recursive: true });
});

function reopen(): void {
  store.sqlite.close();
  store = openAgentStore({ file: join(directory, "agent.db"), migrations });
}

const idle = (at: number): HalEvent => ({ type: "session.idle", at, session: "ses_1", project: "p", data: {} });

describe("the outbox", () => {
  it("numbers events from 1, keeps them until they are acknowledged, and goes on numbering after a restart", async () => {
    await record(store, [idle(1), idle(2), idle(3)], []);
    expect((await outboxAfter(store, 0)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    const { epoch } = await outboxPosition(store);
    await acknowledge(store, epoch, 2);
    reopen();
    expect(await outboxPosition(store)).toEqual({ epoch, firstSeq: 3, lastSeq: 3, acked: 2 });
    await record(store, [idle(4)], []);
    expect((await outboxAfter(store, 2)).map(({ seq, at }) => [seq, at])).toEqual([
      [3, 3],
      [4, 4],
    ]);
  });

  it("ignores an acknowledgement of another epoch", async () => {
    await record(store, [idle(1)], []);
    await acknowledge(store, "another", 1);
    expect(await outboxAfter(store, 0)).toHaveLength(1);
  });

  it("renumbers what is unsent when it begins a new epoch", async () => {
    await record(store, [idle(1), idle(2), idle(3)], []);
    const { epoch } = await outboxPosition(store);
    await acknowledge(store, epoch, 1);
    await resetEpoch(store);
    const position = await outboxPosition(store);
    expect(position).toMatchObject({ firstSeq: 1, lastSeq: 2, acked: 0 });
    expect(position.epoch).not.toBe(epoch);
    expect((await outboxAfter(store, 0)).map(({ at }) => at)).toEqual([2, 3]);
  });

  it("cuts a frame below the limit of bytes and keeps at least one event in it", async () => {
    const big: HalEvent = {
      type: "session.todo",
      at: 1,
      session: "ses_1",
      data: { todos: [{ content: "x".repeat(300 * 1024), status: "", priority: "" }] },
    };
    await record(store, [big, big, big], []);
    expect(await outboxAfter(store, 0)).toHaveLength(1);
    expect(await outboxAfter(store, 2)).toHaveLength(1);
  });
});

describe("the told table", () => {
  it("moves together with the events that told it", async () => {
    const change = { sessionId: "ses_1", state: { seenSeq: 7 }, messages: [{ messageId: "msg_1", hash: "h" }] };
    await record(store, [idle(1)], [change]);
    reopen();
    expect(await allTold(store)).toEqual(new Map([["ses_1", { seenSeq: 7 }]]));
    expect(await toldMessagesOf(store, "ses_1")).toEqual(new Map([["msg_1", "h"]]));
    const broken = { ...idle(2), data: 1n } as unknown as HalEvent;
    await expect(record(store, [idle(2), broken], [{ ...change, state: { seenSeq: 9 } }])).rejects.toThrow(/BigInt/);
    expect(await allTold(store)).toEqual(new Map([["ses_1", { seenSeq: 7 }]]));
    expect(await outboxAfter(store, 0)).toHaveLength(1);
  });
});

describe("executions", () => {
  const command = { commandId: "cmd_1", type: "session.prompt", args: { sessionId: "ses_1", text: "hi" } };

  it("begin once per id, and tell their outcome with their end", async () => {
    expect(await beginExecution(store, command, 1)).toBe(true);
    expect(await beginExecution(store, command, 2)).toBe(false);
    await finishExecution(store, "cmd_1", { state: "succeeded", output: { sessionId: "ses_1" } }, 3);
    expect((await outboxAfter(store, 0)).map(({ type, sourceKey }) => [type, sourceKey])).toEqual([
      ["command.running", "command/cmd_1/running"],
      ["command.succeeded", "command/cmd_1/outcome"],
    ]);
  });

  it("are found unfinished after a crash", async () => {
    await beginExecution(store, command, 1);
    reopen();
    expect(await unfinishedExecutions(store)).toMatchObject([{ commandId: "cmd_1", state: "running" }]);
  });
});
