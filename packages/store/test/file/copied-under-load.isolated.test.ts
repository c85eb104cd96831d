import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  committedOf,
  findDamage,
  openSupervisorStore,
  recordConnected,
  StoreError,
  type SupervisorStore,
  takeFrame,
} from "../../src/supervisor/index.ts";
import { HELLO, MIGRATIONS, NODE, SECRET } from "../support/log-stage.ts";

const run = promisify(execFile);
const entry = new URL("../support/writer-entry.ts", import.meta.url);
const COPIES = 12;

let folder: string;
let file: string;
let store: SupervisorStore;
let acknowledged: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hal copied "));
  file = join(folder, "s.db");
  const onDeath = (error: Error): void => {
    throw error;
  };
  store = openSupervisorStore({ file, migrations: MIGRATIONS, thread: { entry, onDeath } });
  await recordConnected(store, HELLO, SECRET, { now: 1, goesOn: true });
  acknowledged = 0;
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** Tells so many events, which change rows of sessions, too, and returns when they are acknowledged. */
async function tell(count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => {
    const seq = acknowledged + index + 1;
    const session = `ses_${seq % 40}`;
    return seq % 2 === 0
      ? { seq, at: seq, type: "session.busy", project: "p", session, data: {} }
      : { seq, at: seq, type: "gap", project: "p", session, data: { reason: "x".repeat(200) } };
  });
  const bytes = Buffer.from(JSON.stringify({ type: "events", epoch: "e1", events }));
  await takeFrame(store, { nodeId: NODE, bytes, receivedAt: 1 });
  acknowledged += count;
}

interface Copied {
  /** what was acknowledged when the last checkpoint before the copy was asked for */
  readonly before: number;
  readonly path: string;
}

/** Copies the main file alone with `cp` again and again while others write, at moments that nobody chooses. */
async function copyUnderLoad(): Promise<Copied[]> {
  const copies: Copied[] = [];
  const done = new AbortController();
  let inFile = 0;
  const working = [
    (async () => {
      while (!done.signal.aborted) await tell(50);
    })(),
    (async () => {
      while (!done.signal.aborted) {
        const asked = acknowledged;
        const end = await store.writer.checkpoint({ isForced: false });
        if (end.kind === "moved" && end.isWhole) inFile = asked;
        await pause(150);
      }
    })(),
  ];
  while (copies.length < COPIES) {
    await pause(Math.random() * 60);
    const copy = { before: inFile, path: join(folder, `copy-${copies.length}.db`) };
    await run("cp", [file, copy.path]);
    copies.push(copy);
  }
  done.abort();
  await Promise.all(working);
  return copies;
}

// I7
it("a copy of the main file alone has all that was in it before, or is refused: it never is something between", async () => {
  for (let times = 0; times < 10; times += 1) await tell(500);
  await store.writer.checkpoint({ isForced: false });
  const copies = await copyUnderLoad();
  const sound = copies.filter(({ path }) => findDamage(path, "full").length === 0);
  expect(sound.length).toBeGreaterThan(0);
  for (const { path } of copies.filter((copy) => !sound.includes(copy)))
    expect(() => openSupervisorStore({ file: path, migrations: MIGRATIONS })).toThrow(StoreError);
  for (const copy of sound) {
    const opened = openSupervisorStore({ file: copy.path, migrations: MIGRATIONS });
    const seqs = opened.sqlite.driver
      .prepare<[], { newest: number; count: number }>("select max(seq) as newest, count(seq) as count from events")
      .get();
    expect(seqs?.newest).toBeGreaterThanOrEqual(copy.before);
    expect(seqs?.count).toBe(seqs?.newest);
    expect((await committedOf(opened, NODE, "e1")).seq).toBe(seqs?.newest);
    await opened.close();
  }
}, 60_000);
