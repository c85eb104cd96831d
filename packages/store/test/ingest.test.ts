import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EventEnvelope, Hello } from "@hal/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  committedSeq,
  ingest,
  listEvents,
  listMessages,
  listSessions,
  noteConnected,
  openSupervisorStore,
  type SupervisorStore,
} from "../src/supervisor/index.ts";

const NODE = "01900000-0000-7000-8000-000000000001";
const SESSION = "ses_1";
const migrations = fileURLToPath(new URL("../migrations/supervisor", import.meta.url));

let directory: string;
let store: SupervisorStore;

const HELLO = {
  node: { id: NODE, hostname: "box", version: "0", os: "linux", arch: "x64" },
  outbox: { epoch: "e1", firstSeq: 0, lastSeq: 0, acked: 0 },
  projects: [],
  opencode: { state: "up", since: 1 },
} as unknown as Hello;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal store "));
  store = openSupervisorStore({ file: join(directory, "s.db"), migrations });
  await noteConnected(store, HELLO, { secretHash: "x", secretConfirmed: true }, 1);
});
afterEach(async () => {
  store.sqlite.close();
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
  const [result] = await ingest(store, [{ nodeId: NODE, epoch, events }], 100);
  if (result === undefined) throw new Error("no result");
  return result;
}

describe("ingest", () => {
  it("appends in order, moves the cursor, and drops what it has already", async () => {
    expect(await take([busy(1), busy(2)])).toMatchObject({ seq: 2, duplicates: 0, missing: undefined });
    expect(await take([busy(1), busy(2), busy(3)])).toMatchObject({ seq: 3, duplicates: 2 });
    expect(await committedSeq(store, NODE, "e1")).toBe(3);
    expect(await listEvents(store, { limit: 10 })).toHaveLength(3);
  });

  it("takes nothing from behind a hole and names the first event that is missing", async () => {
    expect(await take([busy(1), busy(3), busy(4)])).toMatchObject({ seq: 1, missing: 2 });
    expect(await listEvents(store, { limit: 10 })).toHaveLength(1);
  });

  it("keeps a fact once, also when a new outbox tells it again under its source key", async () => {
    await take([message(1, "hello")]);
    const again = await take([{ ...message(1, "hello"), sourceKey: `${SESSION}/1` }], "e2");
    expect(again).toMatchObject({ seq: 1, duplicates: 1 });
    expect(await listEvents(store, { limit: 10 })).toHaveLength(1);
  });

  it("remembers each epoch of an outbox, so that one that comes back is neither doubled nor refused", async () => {
    await take([busy(1), busy(2)], "e1");
    await take([busy(1)], "e2");
    expect(await take([busy(2), busy(3)], "e1")).toMatchObject({ seq: 3, duplicates: 1, missing: undefined });
    expect(await committedSeq(store, NODE, "e2")).toBe(1);
    expect(await listEvents(store, { limit: 10 })).toHaveLength(4);
  });

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

  it("survives closing and opening again", async () => {
    await take([busy(1), message(2, "kept")]);
    const { logId } = store;
    store.sqlite.close();
    store = openSupervisorStore({ file: join(directory, "s.db"), migrations });
    expect(store.logId).toBe(logId);
    expect(await committedSeq(store, NODE, "e1")).toBe(2);
    expect(await listSessions(store, { limit: 10 })).toMatchObject([{ id: SESSION, status: "busy" }]);
  });

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
