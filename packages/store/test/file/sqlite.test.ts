import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connectSqlite } from "../../src/file/connect.ts";
import { openSupervisorStore, StoreError } from "../../src/supervisor/index.ts";

const migrations = fileURLToPath(new URL("../../migrations/supervisor", import.meta.url));
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal-sqlite-"));
  file = join(directory, "s.db");
});
afterEach(() => rm(directory, { recursive: true }));

// I1
it("creates a database that others may not read, with commits that survive a power cut", async () => {
  const { sqlite } = openSupervisorStore({ file, migrations });
  expect(sqlite.driver.pragma("synchronous", { simple: true })).toBe(2);
  expect(sqlite.driver.pragma("journal_mode", { simple: true })).toBe("wal");
  expect((await stat(file)).mode & 0o777).toBe(0o640);
  sqlite.close();
});

// I1
it("writes by a connection of its own, whose commits survive a power cut, too", () => {
  const { sqlite } = openSupervisorStore({ file, migrations });
  const writing = connectSqlite(file);
  expect(writing.driver.pragma("synchronous", { simple: true })).toBe(2);
  expect(writing.driver.pragma("journal_mode", { simple: true })).toBe("wal");
  writing.close();
  sqlite.close();
});

it("leaves a damaged file as it is and says what to do", async () => {
  await writeFile(file, "this is no database, and it is long enough to be taken for one".repeat(20));
  const before = await readFile(file);
  expect(() => openSupervisorStore({ file, migrations })).toThrow(StoreError);
  expect(() => openSupervisorStore({ file, migrations })).toThrow(/is damaged .* restore/);
  expect(await readFile(file)).toEqual(before);
});

it("refuses a database of a newer program in one line", () => {
  const { sqlite } = openSupervisorStore({ file, migrations });
  sqlite.driver.prepare("insert into __drizzle_migrations (hash, created_at) values ('x', ?)").run(Date.now() + 1e12);
  sqlite.close();
  expect(() => openSupervisorStore({ file, migrations })).toThrow(/written by a newer version/);
});

it("is complete in its main file after it was closed", async () => {
  const { sqlite, logId } = openSupervisorStore({ file, migrations });
  sqlite.close();
  const copy = join(directory, "copy.db");
  await writeFile(copy, await readFile(file));
  const reopened = openSupervisorStore({ file: copy, migrations });
  expect(reopened.logId).toBe(logId);
  reopened.sqlite.close();
});
