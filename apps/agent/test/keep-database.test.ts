import { copyFileSync, readFileSync, statSync, utimesSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { createLogger } from "@hal/daemon";
import { type AgentStore, openAgentStore, record } from "@hal/store/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepDatabase } from "../src/keep-database.ts";

const migrations = fileURLToPath(new URL("../../../packages/store/migrations/agent", import.meta.url));

let directory: string;
let file: string;
let store: AgentStore;
let lines: string[];
let monotonic: number;
let stopping: AbortController;
let keeping: Promise<void>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal agent "));
  file = join(directory, "agent.db");
  store = openAgentStore({ file, migrations });
  lines = [];
  monotonic = 0;
  stopping = new AbortController();
  const clock = { now: () => 1, monotonic: () => monotonic };
  const log = createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } });
  keeping = keepDatabase({ store, clock, log, stopping: stopping.signal }, 2);
});
afterEach(async () => {
  stopping.abort();
  await keeping;
  store.sqlite.close();
  await rm(directory, { recursive: true });
});

const stamp = (): number => readFileSync(file).readInt32BE(60);

/** How many events are in a copy of the main file alone. */
function copied(): number {
  const copy = join(directory, "copy.db");
  copyFileSync(file, copy);
  const driver = new DatabaseSync(copy);
  const row = driver.prepare("select count(*) as count from outbox").get();
  driver.close();
  return Number(row?.["count"]);
}

describe("the agent's database", () => {
  it("has in its main file alone what was written a minute ago, by the clock", async () => {
    const begun = stamp();
    await record(store, [{ type: "gap", at: 1, data: { reason: "test" } }], []);
    expect(copied()).toBe(0);
    monotonic += 50_000;
    await expect.poll(stamp).toBe(begun + 1);
    expect(copied()).toBe(1);
  });

  it("has what is much in its main file soon", async () => {
    const begun = stamp();
    const reason = "x".repeat(40_000);
    const events = Array.from({ length: 500 }, () => ({ type: "gap" as const, at: 1, data: { reason } }));
    await record(store, events, []);
    await expect.poll(stamp).toBe(begun + 1);
    expect(copied()).toBe(500);
  });

  it("does not look forgotten while nothing happens", async () => {
    const files = ["", "-wal", "-shm", ".state"].map((suffix) => file + suffix);
    for (const one of files) utimesSync(one, 1, 1);
    monotonic += 3_600_000;
    for (const one of files) await expect.poll(() => statSync(one).mtimeMs).toBeGreaterThan(1_000);
  });

  it("that something was copied over is left as it is, and that is said once", async () => {
    const copy = join(directory, "copy.db");
    copyFileSync(file, copy);
    for (let times = 1; times <= 2; times += 1) {
      await record(store, [{ type: "gap", at: 1, data: { reason: "test" } }], []);
      const before = stamp();
      monotonic += 50_000;
      await expect.poll(stamp).toBe(before + 1);
    }
    copyFileSync(copy, file);
    monotonic += 50_000;
    await keeping;
    expect(lines.join("")).toContain("another file was copied over the agent's database");
    expect(readFileSync(file)).toEqual(readFileSync(copy));
  });
});
