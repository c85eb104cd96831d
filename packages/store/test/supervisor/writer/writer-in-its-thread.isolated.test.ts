import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  committedOf,
  listEvents,
  recordConnected,
  openSupervisorStore,
  probeWritable,
  type SupervisorStore,
  takeFrame,
} from "../../../src/supervisor/index.ts";
import { HELLO, MIGRATIONS, NODE, SECRET } from "../../support/log-stage.ts";

const entry = new URL("../../support/writer-entry.ts", import.meta.url);

let folder: string;
let file: string;
let store: SupervisorStore;
let deaths: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hal writer "));
  file = join(folder, "s.db");
  deaths = [];
  open();
  await recordConnected(store, HELLO, SECRET, { now: 1, goesOn: true });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

function open(): void {
  const thread = { entry, onDeath: (error: Error) => void deaths.push(error.message) };
  store = openSupervisorStore({ file, migrations: MIGRATIONS, thread });
}

function frame(...seqs: readonly number[]) {
  const events = seqs.map((seq) => ({ seq, at: seq, type: "session.busy", project: "p", session: "ses_1", data: {} }));
  return { nodeId: NODE, bytes: Buffer.from(JSON.stringify({ type: "events", epoch: "e1", events })), receivedAt: 1 };
}

const seqs = async (): Promise<(number | null)[]> =>
  (await listEvents(store, { limit: 100 })).map(({ seq }) => seq).toReversed();

describe("a writer in a thread of its own", () => {
  // I1
  it("has committed what it says, for whoever reads beside it, and after a crash of this thread", async () => {
    expect(await takeFrame(store, frame(1, 2))).toMatchObject({ kind: "taken", seq: 2 });
    expect(await seqs()).toEqual([1, 2]);
    const beside = new DatabaseSync(file, { readOnly: true });
    expect(beside.prepare("select count(*) as count from events").get()).toEqual({ count: 2 });
    beside.close();
  });

  // I4
  it("takes frames of a node in their order, however many come at once, and each once", async () => {
    const taken = await Promise.all([1, 2, 3, 4, 5, 3, 1].map((seq) => takeFrame(store, frame(seq))));
    expect(taken.map((one) => (one.kind === "taken" ? [one.seq, one.duplicates] : one))).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 0],
      [5, 0],
      [5, 1],
      [5, 1],
    ]);
    expect(await seqs()).toEqual([1, 2, 3, 4, 5]);
  });

  it("takes along the memory that a frame has to itself, and leaves alone what frames share", async () => {
    const [first, second, third, fourth] = [1, 2, 3, 4].map((seq) => Uint8Array.from(frame(seq).bytes)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const shared = Buffer.concat([second, fourth]);
    const before = shared.toString();
    const parts = [first, shared.subarray(0, second.length), third, shared.subarray(second.length)];
    await Promise.all(parts.map((bytes) => takeFrame(store, { ...frame(), bytes })));
    expect(await seqs()).toEqual([1, 2, 3, 4]);
    expect([first.length, third.length]).toEqual([0, 0]);
    expect(shared.toString()).toBe(before);
  });

  it("commits what was asked before it is closed, and takes nothing afterwards", async () => {
    const asked = [1, 2, 3].map((seq) => takeFrame(store, frame(seq)));
    await store.close();
    await Promise.all(asked);
    await expect(takeFrame(store, frame(4))).rejects.toThrow("closed");
    open();
    expect(await seqs()).toEqual([1, 2, 3]);
    expect(await committedOf(store, NODE, "e1")).toMatchObject({ seq: 3 });
    expect(deaths).toEqual([]);
  });

  it("refuses what is no frame, and goes on", async () => {
    const bytes = Buffer.from("{");
    expect(await takeFrame(store, { nodeId: NODE, bytes, receivedAt: 1 })).toMatchObject({ kind: "malformed" });
    expect(await takeFrame(store, frame(1))).toMatchObject({ seq: 1 });
    await probeWritable(store);
  });
});

// I1
it("a writer that dies is said to have, and acknowledges nothing any more", async () => {
  const broken = new URL("../../support/no-such-entry.ts", import.meta.url);
  const thread = { entry: broken, onDeath: (error: Error) => void deaths.push(error.message) };
  const other = openSupervisorStore({ file: join(folder, "other.db"), migrations: MIGRATIONS, thread });
  await expect(takeFrame(other, frame(1))).rejects.toThrow("writer");
  await expect.poll(() => deaths.length).toBe(1);
  expect(await listEvents(other, { limit: 1 })).toEqual([]);
  await expect(takeFrame(other, frame(1))).rejects.toThrow("has ended");
  // and a stop does not wait for it
  await other.close();
});
