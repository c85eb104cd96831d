import { copyFileSync, existsSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { createLogger } from "@hal/daemon";
import { appendOwnEvents, newestEventId, openSupervisorStore, type SupervisorStore } from "@hal/store/supervisor";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Readers } from "../../src/log/readers.ts";
import { maintainDatabase } from "../../src/capabilities/database/maintain-database.ts";
import type { MaintenanceOptions } from "../../src/capabilities/database/maintenance-options.ts";
import { followAll } from "../support/ask-everything.ts";
import { startStage } from "../support/start.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));
const DAY = 86_400_000;

let directory: string;
let file: string;
let store: SupervisorStore;
let lines: string[];
let lost: string[];
let time: { now: number; monotonic: number };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal keep "));
  file = join(directory, "s.db");
  store = openSupervisorStore({ file, migrations });
  lines = [];
  lost = [];
  time = { now: 200 * DAY, monotonic: 0 };
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

function keep(more: Partial<MaintenanceOptions> = {}): AsyncDisposable {
  return maintainDatabase(store, {
    clock: { now: () => time.now, monotonic: () => time.monotonic },
    log: createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } }),
    retentionMs: undefined,
    backupEveryMs: undefined,
    followedFrom: () => undefined,
    savePlaces: async () => undefined,
    checker: undefined,
    onLost: (reason) => void lost.push(reason),
    everyMs: { look: 5, firstPrune: 5, prune: 5 },
    ...more,
  });
}

/** The database was looked at some more times. */
async function looks(): Promise<void> {
  const spy = vi.spyOn(store.sqlite, "fileState");
  await expect.poll(() => spy.mock.calls.length).toBeGreaterThan(3);
  spy.mockRestore();
}

async function tell(count: number, receivedAt: number): Promise<void> {
  const own = Array.from({ length: count }, () => ({
    event: { type: "gap" as const, at: receivedAt, data: { reason: "test" } },
  }));
  await appendOwnEvents(store, own, receivedAt);
}

const firstId = (): unknown => store.sqlite.driver.prepare("select min(id) from events").pluck().get();

describe("a supervisor's database", () => {
  it("is backed up when that is due, and at the end", async () => {
    await tell(3, time.now);
    const keeping = keep({ backupEveryMs: DAY });
    await expect.poll(() => lines.join("")).toContain("the database was backed up");
    await tell(2, time.now);
    await keeping[Symbol.asyncDispose]();
    copyFileSync(`${file}.backup`, join(directory, "copy.db"));
    const copy = openSupervisorStore({ file: join(directory, "copy.db"), migrations });
    // the five that were there, and the gap of a life that begins with the copy
    expect(await newestEventId(copy)).toBe(6);
    await copy.close();
    // the last one is from just now: the next start does not need another
    time.now = Date.now();
    lines = [];
    // what prunes waits for a backup that is being made
    let prunes = 0;
    const followedFrom = (): undefined => void (prunes += 1);
    const again = keep({ backupEveryMs: DAY, retentionMs: 1_000 * DAY, followedFrom });
    await expect.poll(() => prunes).toBeGreaterThan(2);
    expect(lines.join("")).not.toContain("backed up");
    await again[Symbol.asyncDispose]();
  });

  it("is backed up as often as is said beside a backup that a clock dated far ahead", async () => {
    await keep({ backupEveryMs: DAY })[Symbol.asyncDispose]();
    const ahead = (time.now + 20 * DAY) / 1_000;
    utimesSync(`${file}.backup`, ahead, ahead);
    lines = [];
    await using _ = keep({ backupEveryMs: 20 });
    await expect.poll(() => lines.join("")).toContain("the database was backed up");
  });

  it("is not backed up where nobody wants that", async () => {
    await keep()[Symbol.asyncDispose]();
    expect(existsSync(`${file}.backup`)).toBe(false);
  });

  it("has in its main file alone what was written a minute ago, by the clock", async () => {
    await tell(3, time.now);
    await using _ = keep();
    const stamp = (): number => readFileSync(file).readInt32BE(60);
    const begun = stamp();
    const copied = (): number => {
      copyFileSync(file, join(directory, "copy.db"));
      const copy = new DatabaseSync(join(directory, "copy.db"));
      const [check] = copy.prepare("pragma integrity_check").all();
      expect(check).toEqual({ integrity_check: "ok" });
      const row = copy.prepare("select count(*) as count from events").get();
      copy.close();
      return Number(row?.["count"]);
    };
    time.monotonic += 49_000;
    await looks();
    expect([stamp(), copied()]).toEqual([begun, 0]);
    time.monotonic += 1_000;
    await expect.poll(stamp).toBe(begun + 1);
    expect(copied()).toBe(3);
    // what nobody writes to is left alone, but for looking forgotten
    time.monotonic += 1_000_000;
    await looks();
    expect(stamp()).toBe(begun + 1);
    for (const suffix of ["", "-wal", "-shm", ".state"]) utimesSync(file + suffix, 1, 1);
    time.monotonic += 3_600_000;
    await expect.poll(stamp).toBe(begun + 2);
    for (const suffix of ["", "-wal", "-shm", ".state"])
      await expect.poll(() => statSync(file + suffix).mtimeMs).toBeGreaterThan(1_000);
    expect(lost).toEqual([]);
  });

  it("is whole in its main file again as soon as nobody reads what was there before", async () => {
    await using _ = keep();
    await tell(3, time.now);
    // by the same library: two in one process do not see each other's locks
    const Driver = store.sqlite.driver.constructor as new (path: string) => typeof store.sqlite.driver;
    const reader = new Driver(file);
    reader.exec("begin");
    reader.prepare("select count(*) from events").get();
    await tell(3, time.now);
    time.monotonic += 50_000;
    await expect.poll(() => store.sqlite.isWhole).toBe(false);
    await tell(1, time.now);
    reader.close();
    await expect.poll(() => store.sqlite.isWhole).toBe(true);
  });

  it("that is deleted while it is in use is the end, said once, and its last backup stays", async () => {
    await tell(3, time.now);
    const keeping = keep();
    rmSync(file);
    await expect.poll(() => lost).toHaveLength(1);
    expect(lost[0]).toMatch(/s\.db was deleted while it was in use/);
    // which looks once more
    await keeping[Symbol.asyncDispose]();
    expect(lost).toHaveLength(1);
  });

  it("that something else was copied over does not take the place of the last backup", async () => {
    const keeping = keep({ backupEveryMs: DAY });
    await expect.poll(() => lines.join("")).toContain("the database was backed up");
    await tell(3, time.now);
    copyFileSync(`${file}.backup`, file);
    await expect.poll(() => lost.join()).toMatch(/replaced while it was in use/);
    lines = [];
    await keeping[Symbol.asyncDispose]();
    expect(lines.join("")).not.toContain("backed up");
  });

  it("loses what is older than the retention, but nothing that a follower has not seen", async () => {
    await tell(10, time.now - 100 * DAY);
    await tell(1, time.now);
    const readers = new Readers();
    const slow = readers.begin(4, "http");
    readers.begin(9, "control");
    let prunes = 0;
    const followedFrom = (): number | undefined => {
      prunes += 1;
      return readers.slowest;
    };
    const keeping = keep({ retentionMs: 90 * DAY, followedFrom });
    await expect.poll(() => firstId()).toBe(5);
    const before = prunes;
    await expect.poll(() => prunes).toBeGreaterThan(before + 2);
    expect(firstId()).toBe(5);
    slow.movedTo(7);
    await expect.poll(() => firstId()).toBe(8);
    slow[Symbol.dispose]();
    await expect.poll(() => firstId()).toBe(10);
    await keeping[Symbol.asyncDispose]();
  });

  it("loses nothing to a clock that jumped", async () => {
    await tell(10, time.now - 10 * DAY);
    await tell(1, time.now);
    const keeping = keep({ retentionMs: 90 * DAY, everyMs: { look: 5, firstPrune: 5, prune: 60_000 } });
    time.now += 100 * DAY;
    await expect.poll(() => lines.join("")).toContain("the clock was set; nothing is pruned");
    expect(firstId()).toBe(1);
    await keeping[Symbol.asyncDispose]();
  });
});

it("a follower that comes from before what was pruned hears of it first, and one that has all of it does not", async () => {
  await using stage = await startStage();
  const { data: events } = (await (await stage.get("/api/v1/events?limit=1")).json()) as { data: { cursor: string }[] };
  expect(events).toEqual([]);
  await stage.restart(async () => {
    const emptied = openSupervisorStore({ file: stage.database, migrations });
    const own = { event: { type: "gap" as const, at: 1, data: { reason: "test" } } };
    await appendOwnEvents(emptied, [own, own, own], 1);
    emptied.sqlite.driver.exec("delete from events where id < 3; insert into meta values ('pruned_up_to', '2')");
    await emptied.close();
  });
  const logId = /"log_id":"(\w+)"/.exec(stage.lines.join(""))?.[1] as string;
  const kept = { type: "gap", id: 3, data: { reason: "test" } };
  const pruned = (from: number) => ({ type: "gap", data: { from, to: 2, reason: "pruned" } });
  expect(await followAll(stage, `${logId}:0`, 2)).toMatchObject([pruned(1), kept]);
  expect(await followAll(stage, `${logId}:1`, 2)).toMatchObject([pruned(2), kept]);
  expect(await followAll(stage, `${logId}:2`, 1)).toMatchObject([kept]);
});
