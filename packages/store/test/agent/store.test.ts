import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeFrame, Events, type HalEvent, LIMITS as PROTOCOL_LIMITS } from "@hal/protocol";
import {
  acknowledge,
  type AgentStore,
  allTold,
  beginExecution,
  finishExecution,
  recordInstance,
  openAgentStore,
  frameAfter,
  outboxDepth,
  outboxPosition,
  record,
  resetEpoch,
  takeBack,
  toldMessagesOf,
  unfinishedExecutions,
} from "../../src/agent/index.ts";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const migrations = fileURLToPath(new URL("../../migrations/agent", import.meta.url));
let directory: string;
let store: AgentStore;

/** Small enough to be reached. */
const LIMITS = { events: 1_000, bytes: 40_000, keptBytes: 20_000, keptMs: 1_000 };
const file = (): string => join(directory, "agent.db");

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal agent "));
  store = openAgentStore({ file: file(), migrations, limits: LIMITS });
});
afterEach(async () => {
  store.sqlite.close();
  await rm(directory, { recursive: true });
});

async function reopen(empty = false): Promise<void> {
  store.sqlite.close();
  if (empty) for (const suffix of ["", "-wal", "-shm"]) await rm(`${file()}${suffix}`, { force: true });
  store = openAgentStore({ file: file(), migrations, limits: LIMITS });
}

const idle = (at: number): HalEvent => ({ type: "session.idle", at, session: "ses_1", project: "p", data: {} });

interface Sent {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly sourceKey?: string;
  readonly data: unknown;
}

async function frame(after: number): Promise<Sent[]> {
  const { epoch } = await outboxPosition(store);
  const found = await frameAfter(store, epoch, after);
  if (found === undefined) return [];
  const decoded = decodeFrame(Events, new Set(["events"]), found.text);
  if (!decoded.ok) throw new Error(decoded.problem);
  expect(found.lastSeq).toBe(decoded.frame.events.at(-1)?.seq);
  return decoded.frame.events as Sent[];
}

async function everything(after = 0): Promise<Sent[]> {
  const events: Sent[] = [];
  for (let next = await frame(after); next.length > 0; next = await frame(next.at(-1)?.seq ?? 0)) events.push(...next);
  return events;
}

const todo = (at: number, bytes = 10): HalEvent => ({
  type: "session.todo",
  at,
  session: "ses_1",
  project: "p",
  data: { todos: [{ content: "x".repeat(bytes), status: "", priority: "" }] },
});

describe("the outbox", () => {
  it("numbers events from 1 and goes on numbering after a restart", async () => {
    await record(store, [idle(1), idle(2), idle(3)], []);
    expect((await frame(0)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    const { epoch } = await outboxPosition(store);
    await acknowledge(store, epoch, 2, 10);
    await reopen();
    expect(await outboxPosition(store)).toMatchObject({ epoch, firstSeq: 1, lastSeq: 3, acked: 2 });
    expect(await outboxDepth(store)).toMatchObject({ depth: 1, oldestAt: 3 });
    await record(store, [idle(4)], []);
    expect((await frame(2)).map(({ seq, at }) => [seq, at])).toEqual([
      [3, 3],
      [4, 4],
    ]);
  });

  it("knows the last runs of the agent that had it, also after it was opened again", async () => {
    for (let run = 1; run <= 40; run += 1) await recordInstance(store, `run-${run}`);
    await reopen();
    const runs = await recordInstance(store, "run-40");
    expect([runs.length, runs.at(0), runs.at(-1)]).toEqual([32, "run-9", "run-40"]);
  });

  it("ignores an acknowledgement of another epoch", async () => {
    await record(store, [idle(1)], []);
    await acknowledge(store, "another", 1, 10);
    expect(await outboxDepth(store)).toMatchObject({ depth: 1 });
  });

  it("keeps what is acknowledged for a while, and sends it again to a supervisor that lost it", async () => {
    await record(store, [idle(1), idle(2), idle(3), idle(4)], []);
    const { epoch } = await outboxPosition(store);
    await acknowledge(store, epoch, 4, 10);
    expect(await takeBack(store, 1, 11)).toBeUndefined();
    expect((await frame(1)).map(({ seq }) => seq)).toEqual([2, 3, 4]);
    expect(await outboxDepth(store)).toMatchObject({ depth: 3 });
  });

  it("puts a gap in the place of what is not kept any more", async () => {
    await record(store, [idle(1), idle(2), idle(3)], []);
    const { epoch } = await outboxPosition(store);
    await acknowledge(store, epoch, 3, LIMITS.keptMs * 2);
    expect(await outboxPosition(store)).toMatchObject({ firstSeq: 0, lastSeq: 3 });
    expect(await takeBack(store, 1, 11)).toEqual({ from: 2, to: 3 });
    expect(await frame(1)).toMatchObject([
      { seq: 3, type: "gap", data: { from: 2, to: 3, count: 2, reason: "supervisor_restored" } },
    ]);
    await record(store, [idle(5)], []);
    expect((await frame(3)).map(({ seq }) => seq)).toEqual([4]);
  });

  it("lets go of the oldest of what is kept when it is too much", async () => {
    const { epoch } = await outboxPosition(store);
    for (let at = 1; at <= 40; at += 1) {
      await record(store, [todo(at, 1_000)], []);
      await acknowledge(store, epoch, at, at);
    }
    const { firstSeq, lastSeq } = await outboxPosition(store);
    expect(lastSeq).toBe(40);
    expect(firstSeq).toBeGreaterThan(10);
    expect(firstSeq).toBeLessThan(40);
  });

  it("renumbers what is unsent when it begins a new epoch", async () => {
    await record(store, [idle(1), idle(2), idle(3)], []);
    const { epoch } = await outboxPosition(store);
    await acknowledge(store, epoch, 1, 10);
    await resetEpoch(store);
    const position = await outboxPosition(store);
    expect(position).toMatchObject({ firstSeq: 1, lastSeq: 2, acked: 0 });
    expect(position.epoch).not.toBe(epoch);
    expect((await frame(0)).map(({ at }) => at)).toEqual([2, 3]);
    expect(await outboxDepth(store)).toMatchObject({ depth: 2, oldestAt: 2 });
  });

  it("forgets what was told when it begins a new epoch: it was told in another life", async () => {
    await record(store, [idle(1)], [{ sessionId: "ses_1", state: {}, messages: [{ messageId: "msg_1", hash: "h" }] }]);
    await resetEpoch(store);
    expect(await allTold(store)).toEqual(new Map());
    expect(await toldMessagesOf(store, "ses_1")).toEqual(new Map());
  });

  it("cuts a frame below the limit of bytes and keeps at least one event in it", async () => {
    store.sqlite.close();
    store = openAgentStore({ file: file(), migrations });
    await record(store, [todo(1, 200_000), todo(2, 200_000), todo(3, 200_000)], []);
    expect(await frame(0)).toHaveLength(2);
    expect(await frame(2)).toHaveLength(1);
  });

  it("cuts an event that is too big for a frame, and leaves its small fields whole", async () => {
    const data = {
      commandId: "cmd_1",
      output: { big: "é".repeat(400_000), small: "kept", list: ["y".repeat(300_000)] },
    };
    await record(store, [{ type: "command.succeeded", at: 1, data }], []);
    const [event] = await frame(0);
    expect(Buffer.byteLength(JSON.stringify(event?.data))).toBeLessThanOrEqual(PROTOCOL_LIMITS.eventBytes);
    expect(event?.data).toMatchObject({ commandId: "cmd_1", output: { small: "kept" } });
  });

  it(
    "over its limit gives up progress only, each run for a gap, so that every number is accounted for",
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.boolean(), { minLength: 60, maxLength: 120 }), async (droppable) => {
          await reopen(true);
          const events = droppable.map((drop, at) => (drop ? todo(at, 1_000) : idle(at)));
          for (const event of events) await record(store, [event], []);
          const sent = await everything();
          expect(sent.filter(({ type }) => type === "session.idle").map(({ at }) => at)).toEqual(
            events.filter(({ type }) => type === "session.idle").map(({ at }) => at),
          );
          let next = 1;
          for (const { seq, type, data } of sent) {
            const { from } = data as { from?: number };
            expect(type === "gap" ? from : seq).toBe(next);
            next = seq + 1;
          }
          expect(next).toBe(events.length + 1);
        }),
        { numRuns: 15 },
      );
    },
  );

  it("says that it is full, tells nothing more, and keeps room for what commands came to", async () => {
    const message = (at: number): HalEvent => ({
      ...idle(at),
      type: "session.error",
      data: { name: "E", message: "m".repeat(1_000) },
    });
    const change = (seenSeq: number) => ({ sessionId: "ses_1", state: { seenSeq }, messages: [] });
    let at = 0;
    const fill = async (): Promise<void> => {
      for (at = 1; at < 1_000; at += 1) await record(store, [message(at)], [change(at)]);
    };
    await expect(fill()).rejects.toMatchObject({ code: "OUTBOX_FULL" });
    expect(at).toBeLessThan(1_000);
    expect(await allTold(store)).toEqual(new Map([["ses_1", { seenSeq: at - 1 }]]));
    expect(await beginExecution(store, { commandId: "cmd_1", type: "session.prompt", args: {} }, 1)).toBe(true);
    const { epoch } = await outboxPosition(store);
    await acknowledge(store, epoch, at - 1, at);
    await record(store, [message(at)], [change(at)]);
  });
});

describe("the told table", () => {
  it("moves together with the events that told it", async () => {
    const change = { sessionId: "ses_1", state: { seenSeq: 7 }, messages: [{ messageId: "msg_1", hash: "h" }] };
    await record(store, [idle(1)], [change]);
    await reopen();
    expect(await allTold(store)).toEqual(new Map([["ses_1", { seenSeq: 7 }]]));
    expect(await toldMessagesOf(store, "ses_1")).toEqual(new Map([["msg_1", "h"]]));
    const broken = { ...idle(2), data: 1n } as unknown as HalEvent;
    await expect(record(store, [idle(2), broken], [{ ...change, state: { seenSeq: 9 } }])).rejects.toThrow(/BigInt/);
    expect(await allTold(store)).toEqual(new Map([["ses_1", { seenSeq: 7 }]]));
    expect(await frame(0)).toHaveLength(1);
  });
});

describe("executions", () => {
  const command = { commandId: "cmd_1", type: "session.prompt", args: { sessionId: "ses_1", text: "hi" } };

  it("begin once per id, and tell their outcome with their end", async () => {
    expect(await beginExecution(store, command, 1)).toBe(true);
    expect(await beginExecution(store, command, 2)).toBe(false);
    await finishExecution(store, "cmd_1", { state: "succeeded", output: { sessionId: "ses_1" } }, 3);
    expect((await frame(0)).map(({ type, sourceKey }) => [type, sourceKey])).toEqual([
      ["command.running", "command/cmd_1/running"],
      ["command.succeeded", "command/cmd_1/outcome"],
    ]);
  });

  it("are found unfinished after a crash", async () => {
    await beginExecution(store, command, 1);
    await reopen();
    expect(await unfinishedExecutions(store)).toMatchObject([{ commandId: "cmd_1", state: "running" }]);
  });
});
