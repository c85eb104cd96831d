import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EventEnvelope, eventMark, type Hello, LAST_TIME, writeDeep } from "@hal/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type CommandRow,
  type GroupEnd,
  committedOf,
  listCommands,
  listEvents,
  listInteractions,
  listMessages,
  listSessions,
  recordConnected,
  openSupervisorStore,
  queueCommand,
  type SupervisorStore,
  type Taken,
  takeFrame,
} from "../../../src/supervisor/index.ts";
import { HELLO, MIGRATIONS, NODE, SECRET } from "../../support/log-stage.ts";

const SESSION = "ses_1";

let directory: string;
let store: SupervisorStore;

const COMMAND: CommandRow = {
  id: "cmd_0",
  type: "node.status",
  nodeId: NODE,
  project: null,
  sessionId: null,
  actor: "ada",
  args: {},
  state: "queued",
  output: null,
  error: null,
  createdAt: 1,
  deadlineAt: 2,
  sentAt: null,
  sentEpoch: null,
  cancelRequestedAt: null,
  keyHash: null,
  payloadHash: null,
  finishedAt: null,
};

const FACTS = { title: "t", createdAt: 1, updatedAt: 1 };
const MESSAGE = { messageId: "msg_1", role: "assistant", state: "complete", text: "", createdAt: 1 };
const ASKED = { interactionId: "per_1", kind: "permission", summary: "bash: ls", askedAt: 1 };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal store "));
  store = openSupervisorStore({ file: join(directory, "s.db"), migrations: MIGRATIONS });
  await recordConnected(store, HELLO, SECRET, { now: 1, goesOn: true });
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

function busy(seq: number, extra: Partial<EventEnvelope> = {}): EventEnvelope {
  return { seq, at: seq, type: "session.busy", project: "p", session: SESSION, data: {}, ...extra };
}

function message(seq: number, text: string, costMicroUsd = 7): EventEnvelope {
  return busy(seq, {
    type: "session.message",
    sourceKey: `${SESSION}/${seq}`,
    data: { messageId: "msg_1", role: "assistant", state: "complete", text, costMicroUsd, createdAt: 5 },
  });
}

async function take(events: readonly EventEnvelope[], epoch = "e1") {
  return accepted(await takeFrame(store, frame(events, epoch)));
}

function frame(events: readonly EventEnvelope[], epoch = "e1", nodeId = NODE) {
  return { nodeId, bytes: Buffer.from(writeDeep({ type: "events", epoch, events })), receivedAt: 100 };
}

function accepted(taken: Taken) {
  if (taken.kind !== "taken") throw new Error(taken.problem);
  return taken;
}

describe("ingest", () => {
  // I2
  it("appends in order, moves the cursor, and drops what it has already", async () => {
    expect(await take([busy(1), busy(2)])).toMatchObject({ seq: 2, duplicates: 0, missing: undefined });
    expect(await take([busy(1), busy(2), busy(3)])).toMatchObject({ seq: 3, duplicates: 2 });
    expect(await committedOf(store, NODE, "e1")).toMatchObject({ seq: 3, mark: eventMark(busy(3)) });
    expect(await listEvents(store, { limit: 10 })).toHaveLength(3);
  });

  // I4
  it("takes nothing from behind a hole and names the first event that is missing", async () => {
    expect(await take([busy(1), busy(3), busy(4)])).toMatchObject({ seq: 1, missing: 2 });
    expect(await listEvents(store, { limit: 10 })).toHaveLength(1);
  });

  it("takes a gap for the run of events that it stands for, wherever the run began", async () => {
    const gap = (from: number, to: number): EventEnvelope =>
      busy(to, { type: "gap", data: { from, to, count: to - from + 1, reason: "outbox_full" } });
    expect(await take([busy(1), gap(2, 5), busy(6)])).toMatchObject({ seq: 6, missing: undefined });
    expect(await take([gap(4, 8), busy(9)])).toMatchObject({ seq: 9, duplicates: 0, missing: undefined });
    expect(await take([gap(11, 12)])).toMatchObject({ seq: 9, missing: 10 });
  });

  // I2
  it("keeps a fact once, also when a new outbox tells it again under its source key", async () => {
    await take([message(1, "hello")]);
    const again = await take([{ ...message(1, "hello"), sourceKey: `${SESSION}/1` }], "e2");
    expect(again).toMatchObject({ seq: 1, duplicates: 1 });
    expect(await listEvents(store, { limit: 10 })).toHaveLength(1);
  });

  // I4
  it("remembers each epoch of an outbox, so that one that comes back is neither doubled nor refused", async () => {
    await take([busy(1), busy(2)], "e1");
    await take([busy(1)], "e2");
    expect(await take([busy(2), busy(3)], "e1")).toMatchObject({ seq: 3, duplicates: 1, missing: undefined });
    expect((await committedOf(store, NODE, "e2")).seq).toBe(1);
    expect(await listEvents(store, { limit: 10 })).toHaveLength(4);
  });

  // I9
  it("replaces a message that is told anew and never adds its cost", async () => {
    await take([message(1, "draft", 7), message(2, "final", 9)]);
    const messages = await listMessages(store, NODE, SESSION, 10);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ costMicroUsd: 9, data: { text: "final" } });
  });

  it("stores poison as event.invalid with its raw text, and an unknown type as it is", async () => {
    const result = await take([
      busy(1, { type: "session.message", data: { nonsense: true } }),
      busy(2, { type: "moon.full" }),
    ]);
    expect(result.seq).toBe(2);
    const [unknown, invalid] = await listEvents(store, { limit: 10 });
    expect(unknown?.type).toBe("moon.full");
    expect(invalid?.type).toBe("event.invalid");
    expect(JSON.parse(invalid?.data ?? "").raw).toContain("nonsense");
  });

  it("stores an envelope that does not fit as event.invalid, too, and what is around it as it is", async () => {
    const long = busy(2, { sourceKey: "k".repeat(300) });
    expect(await take([busy(1), long, busy(3, { at: -1 }), busy(4)])).toMatchObject({ seq: 4, missing: undefined });
    const log = (await listEvents(store, { limit: 10 })).toReversed();
    expect(log.map(({ type }) => type)).toEqual(["session.busy", "event.invalid", "event.invalid", "session.busy"]);
    expect(JSON.parse(log[1]?.data ?? "")).toMatchObject({ problem: expect.stringContaining("sourceKey") });
    expect(JSON.parse(JSON.parse(log[1]?.data ?? "").raw)).toEqual(long);
    // the agent has another event at that place, and must not take the difference for another outbox
    await take([busy(5, { at: -1 })]);
    expect((await committedOf(store, NODE, "e1")).mark).toBe("");
  });

  it("sets aside an event that is nested too deeply to be written down", async () => {
    const nest = `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    const types = ["session.busy", "moon.full"];
    for (const type of types) {
      const text = JSON.stringify({ type: "events", epoch: type, events: [busy(1), busy(2, { type, data: "nest" })] });
      const bytes = Buffer.from(text.replace('"nest"', nest));
      expect(accepted(await takeFrame(store, { nodeId: NODE, bytes, receivedAt: 1 }))).toMatchObject({ seq: 2 });
    }
    const log = (await listEvents(store, { limit: 10 })).toReversed();
    expect(log.map(({ type }) => type)).toEqual(["session.busy", "event.invalid", "session.busy", "event.invalid"]);
    for (const index of [1, 3]) expect(JSON.parse(log[index]?.data ?? "").raw).toContain(nest);
  });

  it.each<[string, Partial<EventEnvelope>]>([
    ["at a time that no date can show", { at: 8_640_000_000_000_001 }],
    ["of a session that began then", { type: "session.updated", data: { ...FACTS, createdAt: 8_640_000_000_000_001 } }],
    ["of a message of then", { type: "session.message", data: { ...MESSAGE, createdAt: LAST_TIME + 1 } }],
    ["of a question that was asked then", { type: "interaction.asked", data: { ...ASKED, askedAt: LAST_TIME + 1 } }],
    ["of a cost that nobody can add up", { type: "session.updated", data: { ...FACTS, costMicroUsd: 2 ** 53 - 1 } }],
    ["nested 8,000 deep", { type: "moon.full", data: JSON.parse("[".repeat(8_000) + "]".repeat(8_000)) }],
    ["of a session whose id is none", { session: "../ses_2" }],
    ["of a session whose id is too long", { session: `ses_${"x".repeat(128)}` }],
    ["nested one level too deep", { type: "moon.full", data: JSON.parse("[".repeat(101) + "]".repeat(101)) }],
  ])("sets aside an event %s, and nothing of it is folded", async (_name, changes) => {
    expect(await take([busy(1), busy(2, { session: "ses_2", ...changes }), busy(3)])).toMatchObject({ seq: 3 });
    const log = (await listEvents(store, { limit: 10 })).toReversed();
    expect(log.map(({ type, at }) => [type, at < 1_000])).toEqual([
      ["session.busy", true],
      ["event.invalid", true],
      ["session.busy", true],
    ]);
    expect(JSON.parse(log[1]?.data ?? "").raw).toBe(writeDeep(busy(2, { session: "ses_2", ...changes })));
    expect((await listSessions(store, { limit: 10 })).map(({ id }) => id)).toEqual([SESSION]);
  });

  it("sets aside an event that the database does not take and keeps those around it", async () => {
    store.sqlite.driver.exec(
      "create trigger no_unlucky before insert on messages when new.id = 'msg_13' begin select raise(abort, 'unlucky'); end",
    );
    const unlucky = { ...message(2, "x"), data: { ...(message(2, "x").data as object), messageId: "msg_13" } };
    expect(await take([message(1, "before"), unlucky, busy(3)])).toMatchObject({ seq: 3, missing: undefined });
    const log = (await listEvents(store, { limit: 10 })).toReversed();
    expect(log.map(({ type }) => type)).toEqual(["session.message", "event.invalid", "session.busy"]);
    expect(JSON.parse(log[1]?.data ?? "")).toMatchObject({ problem: "unlucky" });
  });

  it("refuses what is no frame of events, and nothing else suffers", async () => {
    const bad = takeFrame(store, {
      nodeId: NODE,
      bytes: Buffer.from('{"type":"events","epoch":"e1","events":[{"seq":0}]}'),
      receivedAt: 1,
    });
    const good = takeFrame(store, frame([busy(1)]));
    expect(await bad).toMatchObject({ kind: "malformed" });
    expect(await good).toMatchObject({ kind: "taken", seq: 1 });
  });

  it("closes what a session asked when its turn is over, and nothing that another one asks", async () => {
    const asked = (seq: number, interactionId: string, session: string): EventEnvelope =>
      busy(seq, {
        type: "interaction.asked",
        session,
        data: { interactionId, kind: "permission", summary: "s", askedAt: seq },
      });
    await take([asked(1, "per_1", SESSION), asked(2, "per_2", "ses_2")]);
    await take([asked(3, "per_3", SESSION), busy(4, { type: "session.idle" })]);
    const all = await listInteractions(store, { limit: 10 });
    expect(all.map(({ id, state, stateReason }) => `${id} ${state}: ${stateReason}`).toSorted()).toEqual([
      "per_1 expired: its turn is over",
      "per_2 open: waits for a person",
      "per_3 expired: its turn is over",
    ]);
  });

  // I5
  it("gives one command to one idempotency key of an actor, and another actor's key is another", async () => {
    const make = (id: string, actor: string, payloadHash = "h") =>
      queueCommand(
        store,
        {
          ...COMMAND,
          id,
          actor,
        },
        { actor, key: "k", payloadHash },
      );
    const [first, again, other, changed] = await Promise.all([
      make("cmd_1", "ada"),
      make("cmd_2", "ada"),
      make("cmd_3", "bob"),
      make("cmd_4", "ada", "another"),
    ]);
    expect(first).toMatchObject({ kind: "new", command: { id: "cmd_1" } });
    expect(again).toMatchObject({ kind: "known", command: { id: "cmd_1" } });
    expect(other).toMatchObject({ kind: "new", command: { id: "cmd_3" } });
    expect(changed).toEqual({ kind: "conflict" });
    expect(await listCommands(store, { limit: 10 })).toHaveLength(2);
  });

  it("rejects a write that fails and commits what was asked beside it", async () => {
    const failing = recordConnected(
      store,
      { ...HELLO, node: { ...HELLO.node, hostname: null } } as unknown as Hello,
      SECRET,
      { now: 1, goesOn: true },
    );
    const taken = takeFrame(store, frame([busy(1)]));
    await expect(failing).rejects.toThrow(/NOT NULL/);
    expect(await taken).toMatchObject({ seq: 1 });
    expect(await listEvents(store, { limit: 10 })).toHaveLength(1);
  });

  // I1
  it("commits nothing, says why and goes on by itself where the disk is full for a while", async () => {
    const ends: GroupEnd[] = [];
    store.writer.listen((end) => void ends.push(end));
    const { driver } = store.sqlite;
    driver.pragma(`max_page_count = ${String(driver.pragma("page_count", { simple: true }))}`);
    const big = Array.from({ length: 200 }, (_, index) => message(index + 1, "x".repeat(1_000)));
    await expect(takeFrame(store, frame(big))).rejects.toMatchObject({ code: "SQLITE_FULL" });
    expect(await listEvents(store, { limit: 10 })).toHaveLength(0);
    driver.pragma("max_page_count = 1073741823");
    expect(await take(big)).toMatchObject({ seq: 200 });
    expect(ends).toEqual([
      { kind: "failed", problem: expect.objectContaining({ code: "SQLITE_FULL" }) },
      { kind: "committed", appended: expect.objectContaining({ counts: { "session.message": 200 } }) },
    ]);
  });

  it("commits together what came together", async () => {
    let groups = 0;
    store.writer.listen(() => (groups += 1));
    const frames = Array.from({ length: 50 }, (_, index) =>
      frame([busy(1)], "e1", `${NODE.slice(0, -2)}${10 + index}`),
    );
    await Promise.all(frames.map((one) => takeFrame(store, one)));
    expect(groups).toBe(1);
    expect(await listEvents(store, { limit: 100 })).toHaveLength(50);
  });

  it("gives every node its turn, however much one of them sends", async () => {
    const order: string[] = [];
    const other = NODE.replace(/1$/, "2");
    const text = "x".repeat(300_000);
    const noisy = Array.from({ length: 20 }, (_, index) =>
      takeFrame(store, frame([busy(index + 1, { data: { text } })], "e1")).then(() => order.push("noisy")),
    );
    const quiet = takeFrame(store, frame([busy(1)], "e1", other)).then(() => order.push("quiet"));
    await Promise.all([...noisy, quiet]);
    expect(order.indexOf("quiet")).toBeLessThan(8);
  });

  it("survives closing and opening again", async () => {
    await take([busy(1), message(2, "kept")]);
    const { logId } = store;
    await store.close();
    store = openSupervisorStore({ file: join(directory, "s.db"), migrations: MIGRATIONS });
    expect(store.logId).toBe(logId);
    expect((await committedOf(store, NODE, "e1")).seq).toBe(2);
    expect(await listSessions(store, { limit: 10 })).toMatchObject([{ id: SESSION, status: "busy" }]);
  });

  // I2, I4
  it("reaches the same state however the events are cut into frames and repeated", async () => {
    const types = ["session.busy", "session.idle", "session.compacted"] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(11), { maxLength: 6 }),
        async (story, cuts) => {
          const session = `ses_${Math.random().toString(36).slice(2)}`;
          const epoch = session;
          const events = story.map((type, index) => busy(index + 1, { type, session }));
          for (const cut of cuts.toSorted((a, b) => a - b)) await take(events.slice(0, cut + 1), epoch);
          await take(events, epoch);
          const log = await listEvents(store, { sessionId: session, limit: 100 });
          expect(log.toReversed().map(({ type }) => type)).toEqual(story);
          const found = (await listSessions(store, { limit: 1000 })).find(({ id }) => id === session);
          expect(found?.compactions).toBe(story.filter((type) => type === "session.compacted").length);
        },
      ),
      { numRuns: 30 },
    );
  });
});
