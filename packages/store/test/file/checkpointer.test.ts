import { copyFileSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Checkpointer, WAL_PAGES } from "../../src/file/checkpointer.ts";
import { connectSqlite } from "../../src/file/connect.ts";
import { openSqlite, type Sqlite, type SqliteInUse } from "../../src/file/sqlite.ts";

const migrations = fileURLToPath(new URL("../../migrations/supervisor", import.meta.url));

let directory: string;
let file: string;
let sqlite: SqliteInUse;
let writing: Sqlite;
let checkpointer: Checkpointer;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal checkpoint "));
  file = join(directory, "s.db");
  sqlite = openSqlite({ file, migrations });
  writing = connectSqlite(file, { movesWal: false });
  checkpointer = new Checkpointer(writing.driver, sqlite.forWriter.fd, sqlite.forWriter.stamps);
  writing.driver.exec("create table kept (id integer primary key, value text)");
});
afterEach(async () => {
  writing.close();
  sqlite.close();
  await rm(directory, { recursive: true });
});

function write(count: number, bytes = 10): void {
  const insert = writing.driver.prepare("insert into kept (value) values (?)");
  writing.driver.transaction(() => {
    for (let at = 0; at < count; at += 1) insert.run("x".repeat(bytes));
  })();
}

/** What is in a copy of the main file alone. */
function copied(): number {
  const copy = join(directory, "copy.db");
  copyFileSync(file, copy);
  const driver = new Database(copy);
  try {
    expect(driver.pragma("integrity_check", { simple: true })).toBe("ok");
    return driver.prepare<[], number>("select count(*) from kept").pluck().get() ?? -1;
  } finally {
    driver.close();
  }
}

const stampOf = (path: string): number => readFileSync(path).readInt32BE(60);

describe("a checkpoint", () => {
  it("makes the main file complete by itself, and gives it the next stamp", () => {
    write(100);
    const before = stampOf(file);
    expect(checkpointer.checkpoint({ isForced: false })).toEqual({ kind: "moved", stamp: before + 1, isWhole: true });
    expect(stampOf(file)).toBe(before + 1);
    expect(copied()).toBe(100);
    write(1);
    expect(copied()).toBe(100);
    checkpointer.checkpoint({ isForced: false });
    expect(copied()).toBe(101);
  });

  it("leaves of the WAL what names the main file that it goes on from, and no more", () => {
    write(2_000, 1_000);
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(1024 ** 2);
    checkpointer.checkpoint({ isForced: false });
    const wal = readFileSync(`${file}-wal`);
    expect(wal.length).toBe(32 + 24 + 4096);
    expect(wal.readInt32BE(32 + 24 + 60)).toBe(stampOf(file) + 1);
  });

  it("does nothing where nothing was written, unless it has to", () => {
    write(1);
    checkpointer.checkpoint({ isForced: false });
    const before = readFileSync(file);
    expect(checkpointer.checkpoint({ isForced: false })).toEqual({ kind: "nothing" });
    expect(readFileSync(file)).toEqual(before);
    expect(checkpointer.checkpoint({ isForced: true })).toMatchObject({ kind: "moved" });
    expect(stampOf(file)).toBe(before.readInt32BE(60) + 1);
  });

  it("takes what another program wrote", () => {
    write(1);
    checkpointer.checkpoint({ isForced: false });
    const other = new Database(file);
    other.exec("insert into kept (value) values ('theirs')");
    expect(checkpointer.checkpoint({ isForced: false })).toMatchObject({ kind: "moved" });
    other.close();
    expect(copied()).toBe(2);
  });

  it("waits for nobody who reads, says that it is not whole, and is the next time", () => {
    write(10);
    checkpointer.checkpoint({ isForced: false });
    write(10);
    const reader = new Database(file, { readonly: true });
    reader.exec("begin");
    expect(reader.prepare("select count(*) from kept").pluck().get()).toBe(20);
    write(10);
    for (let times = 0; times < 3; times += 1)
      expect(checkpointer.checkpoint({ isForced: false })).toMatchObject({ kind: "moved", isWhole: false });
    expect(reader.prepare("select count(*) from kept").pluck().get()).toBe(20);
    reader.close();
    expect(checkpointer.checkpoint({ isForced: false })).toMatchObject({ kind: "moved", isWhole: true });
    expect(copied()).toBe(30);
    // for as long as another one writes
    expect(writing.driver.pragma("busy_timeout", { simple: true })).toBe(5_000);
  });

  it("by size waits until the WAL is long", () => {
    write(10);
    expect(checkpointer.relieve()).toBeUndefined();
    write(WAL_PAGES, 4_000);
    expect(checkpointer.relieve()).toMatchObject({ kind: "moved", isWhole: true });
    expect(checkpointer.relieve()).toBeUndefined();
    expect(copied()).toBe(10 + WAL_PAGES);
  });
});

// I7
describe("a checkpoint beside a file that was copied over the main file", () => {
  it.each([
    ["by time", () => checkpointer.checkpoint({ isForced: false })],
    ["by size", () => checkpointer.relieve()],
  ])("writes nothing into it, %s", (_name, run) => {
    write(1);
    checkpointer.checkpoint({ isForced: false });
    const old = join(directory, "old.db");
    copyFileSync(file, old);
    write(100);
    checkpointer.checkpoint({ isForced: false });
    write(WAL_PAGES, 4_000);
    copyFileSync(old, file);
    expect(run()).toEqual({ kind: "foreign" });
    expect(readFileSync(file)).toEqual(readFileSync(old));
    expect(sqlite.fileState()).toBe("same"); // which was told of no checkpoint
    sqlite.noteCheckpoint({ kind: "moved", stamp: stampOf(old) + 1, isWhole: true });
    expect(sqlite.fileState()).toBe("replaced");
  });
});
