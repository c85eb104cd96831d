import {
  copyFileSync,
  cpSync,
  existsSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqlite } from "../../src/file/sqlite.ts";
import {
  appendOwnEvents,
  backUp,
  findDamage,
  holdDatabase,
  isEarlierLife,
  listEvents,
  newestEventId,
  openSupervisorStore,
  readDatabaseFacts,
  restoredAt,
  restoreBackup,
  StoreError,
  type SupervisorStore,
} from "../../src/supervisor/index.ts";

const migrations = fileURLToPath(new URL("../../migrations/supervisor", import.meta.url));
const PAGE = 4096;

let directory: string;
let file: string;
let warnings: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal file "));
  file = join(directory, "s.db");
  warnings = [];
});
afterEach(() => rm(directory, { recursive: true }));

function open(path = file, folder = migrations): SupervisorStore {
  return openSupervisorStore({ file: path, migrations: folder, onWarning: (text) => void warnings.push(text) });
}

/** So many events of `bytes` each. */
async function fill(store: SupervisorStore, count: number, bytes = 10): Promise<void> {
  const data = { reason: "x".repeat(bytes) };
  await appendOwnEvents(
    store,
    Array.from({ length: count }, () => ({ event: { type: "gap" as const, at: 1, data } })),
    1,
  );
}

/** What a power cut would leave of a database that is in use. */
function crashImage(of = file): string {
  const image = join(directory, "image.db");
  for (const suffix of ["", "-wal", ".state"]) if (existsSync(of + suffix)) copyFileSync(of + suffix, image + suffix);
  return image;
}

/** Overwrites pages of a file with nonsense. */
function damage(path: string, firstPage: number, pages = 1): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, firstPage * PAGE, (firstPage + pages) * PAGE);
  writeFileSync(path, bytes);
}

// I7
describe("a backup", () => {
  it("is what the database is at that moment, complete in one file that others may not read", async () => {
    const store = open();
    await fill(store, 5);
    expect(await backUp(file)).toMatchObject({ kind: "made" });
    await fill(store, 3);
    const backup = `${file}.backup`;
    expect(existsSync(`${backup}-wal`)).toBe(false);
    expect(statSync(backup).mode & 0o777).toBe(0o640);
    expect(findDamage(backup, "full")).toEqual([]);
    expect(readDatabaseFacts(backup)).toMatchObject({ eventsAtMost: 5, logId: store.logId });
    await store.close();
  });

  it("does not stop writers, and does not begin anew for each of them", async () => {
    const store = open();
    await fill(store, 4_000, 400);
    const done = new AbortController();
    const writing = (async () => {
      let written = 0;
      for (; !done.signal.aborted; written += 1) {
        await fill(store, 1);
        await nextTurn();
      }
      return written;
    })();
    expect(await backUp(file)).toMatchObject({ kind: "made" });
    done.abort();
    expect(await writing).toBeGreaterThan(0);
    expect(findDamage(`${file}.backup`, "full")).toEqual([]);
    await store.close();
  });

  it("that is stopped leaves the one before", async () => {
    const store = open();
    await fill(store, 4_000, 400);
    await backUp(file);
    const before = readFileSync(`${file}.backup`);
    await fill(store, 1);
    await expect(backUp(file, { signal: AbortSignal.abort() })).rejects.toThrow(/aborted/);
    expect(readFileSync(`${file}.backup`)).toEqual(before);
    expect(existsSync(`${file}.backup.tmp`)).toBe(false);
    await store.close();
  });

  it("that is copied over a stopped database is used, and said to be a restored one", async () => {
    const first = open();
    await fill(first, 2);
    await backUp(file);
    await fill(first, 2);
    await first.close();
    copyFileSync(`${file}.backup`, file);
    const second = open();
    expect(warnings.join()).toMatch(/not the file that was used last/);
    // the two of the backup, and the gap behind them
    expect(await newestEventId(second)).toBe(3);
    await second.close();
    warnings = [];
    const third = open();
    expect(warnings).toEqual([]);
    await third.close();
  });

  // I7
  it.each([
    ["beside the memory of what was used last", true],
    ["to where nothing is known of it", false],
  ])("is another life of the log each time the same backup is restored, %s", async (_name, isRemembered) => {
    const first = open();
    await fill(first, 2);
    await backUp(file);
    await first.close();
    const lives = [first.logId];
    for (let times = 0; times < 3; times += 1) {
      const place = isRemembered ? file : join(directory, `${times}.db`);
      copyFileSync(`${file}.backup`, place);
      warnings = [];
      const restored = open(place);
      expect(warnings.join()).toContain(`a new life, ${restored.logId}`);
      expect(isEarlierLife(restored.sqlite.orm, first.logId)).toBe(true);
      expect(restoredAt(restored.sqlite.orm)).toBeGreaterThan(0);
      const [newest] = await listEvents(restored, { limit: 1 });
      expect(newest).toMatchObject({ type: "gap", content: { reason: "supervisor_restored" } });
      lives.push(restored.logId);
      await restored.close();
      const again = open(place);
      expect(again.logId).toBe(restored.logId);
      await again.close();
    }
    expect(new Set(lives).size).toBe(4);
  });

  // I7
  it("that is copied over a database whose process died is not mixed with what that left in its WAL", async () => {
    const store = open();
    await backUp(file);
    await fill(store, 500, 200);
    const image = crashImage();
    await store.close();
    copyFileSync(`${file}.backup`, image);
    const restored = open(image);
    expect(warnings.join()).toMatch(/image\.db-wal belongs to another database .* set aside/);
    expect((await listEvents(restored, { limit: 9 })).map(({ type }) => type)).toEqual(["gap"]);
    expect(findDamage(image, "full")).toEqual([]);
    await restored.close();
  });
});

// I7
describe("a database in use", () => {
  it("is refused to a second process, with what to do", async () => {
    const store = open();
    expect(() => open()).toThrow(/in use by another process; stop that first/);
    using hold = holdDatabase(file, () => undefined);
    expect(hold.isInUse).toBe(true);
    expect(() => restoreBackup(file, file)).toThrow(/in use/);
    await store.close();
  });

  it("is missed when it is deleted or another file takes its place", async () => {
    const store = open();
    expect(store.sqlite.fileState()).toBe("same");
    await fill(store, 100, 1_000);
    expect(store.sqlite.fileState()).toBe("same");
    cpSync(file, join(directory, "elsewhere"));
    await rm(file);
    expect(store.sqlite.fileState()).toBe("missing");
    copyFileSync(join(directory, "elsewhere"), file);
    expect(store.sqlite.fileState()).toBe("replaced");
    await store.close();
  });

  it("does not write into a file that was copied over it when it is closed", async () => {
    const store = open();
    await backUp(file);
    const backup = readFileSync(`${file}.backup`);
    await fill(store, 50);
    copyFileSync(`${file}.backup`, file); // same name, same inode, another content
    expect(store.sqlite.fileState()).toBe("replaced");
    await store.close();
    expect(readFileSync(file)).toEqual(backup);
  });

  it("is missed when an earlier copy of its own main file is copied over it, into which nothing is written", async () => {
    const store = open();
    await fill(store, 50);
    store.sqlite.checkpoint({ isForced: false });
    const copy = join(directory, "copy");
    copyFileSync(file, copy);
    await fill(store, 50);
    store.sqlite.checkpoint({ isForced: false });
    await fill(store, 50);
    copyFileSync(copy, file);
    expect(store.sqlite.fileState()).toBe("replaced");
    await store.close();
    expect(readFileSync(file)).toEqual(readFileSync(copy));
  });

  it("is still known as its own after a checkpoint, and all its files look new", async () => {
    const store = open();
    await fill(store, 10);
    const files = ["", "-wal", "-shm", ".state"];
    for (const suffix of files) utimesSync(file + suffix, 1, 1);
    store.sqlite.checkpoint({ isForced: true });
    store.sqlite.touch();
    expect(store.sqlite.fileState()).toBe("same");
    for (const suffix of files) expect(statSync(file + suffix).mtimeMs).toBeGreaterThan(1_000);
    await store.close();
    await open().close();
    expect(warnings).toEqual([]);
  });
});

describe("a database whose process died", () => {
  it("goes on with everything that was committed", async () => {
    const store = open();
    await fill(store, 300, 100);
    const image = crashImage();
    await store.close();
    const recovered = open(image);
    expect(await newestEventId(recovered)).toBe(300);
    expect(warnings).toEqual([]);
    await recovered.close();
  });

  /** Its main file as it was `ago` checkpoints before its end, in the place of the one that the process left. */
  async function deadWithOlderFile(ago: number): Promise<string> {
    const store = open();
    const copies: string[] = [];
    for (let at = 0; at < 3; at += 1) {
      await fill(store, 300, 100);
      store.sqlite.checkpoint({ isForced: false });
      copies.unshift(join(directory, `copy-${at}`));
      copyFileSync(file, copies[0] as string);
    }
    await fill(store, 300, 100);
    const image = crashImage();
    await store.close();
    copyFileSync(copies[ago] as string, image);
    return image;
  }

  // I7
  it("is not mixed with what it left, where a copy of its own main file from minutes before is put there", async () => {
    const image = await deadWithOlderFile(1);
    const restored = open(image);
    expect(warnings.join()).toMatch(/image\.db-wal belongs to another database .* set aside.*it was restored/);
    expect(findDamage(image, "full")).toEqual([]);
    // what the copy had, and the gap behind it
    expect(await newestEventId(restored)).toBe(601);
    await restored.close();
  });

  it("goes on with all that was committed where the copy is what was there anyway", async () => {
    const image = await deadWithOlderFile(0);
    const recovered = open(image);
    expect(warnings).toEqual([]);
    expect(await newestEventId(recovered)).toBe(1_200);
    await recovered.close();
  });

  it("is a restored one where what it committed last was taken away with its WAL", async () => {
    const image = await deadWithOlderFile(0);
    await rm(`${image}-wal`);
    const restored = open(image);
    expect(warnings.join()).toMatch(/it was restored/);
    expect(await newestEventId(restored)).toBe(901);
    await restored.close();
  });

  it("is no restored one where another program looked at it, and moved its WAL into it", async () => {
    const store = open();
    await fill(store, 300);
    const image = crashImage();
    await store.close();
    const looked = new Database(image);
    expect(looked.pragma("integrity_check", { simple: true })).toBe("ok");
    looked.close();
    expect(existsSync(`${image}-wal`)).toBe(false);
    const recovered = open(image);
    expect(warnings).toEqual([]);
    expect(await newestEventId(recovered)).toBe(300);
    await recovered.close();
  });

  it("is refused where it is damaged, with the command that helps, and is left as it is", async () => {
    const store = open();
    await fill(store, 2_000, 300);
    store.sqlite.driver.pragma("wal_checkpoint(TRUNCATE)");
    const image = crashImage();
    await store.close();
    damage(image, 40, 3);
    const before = readFileSync(image);
    expect(() => open(image)).toThrow(StoreError);
    expect(() => open(image)).toThrow(/image\.db is damaged \(.*\); it was left as it is: .*mv '.*image\.db' '/);
    await backUp(file, { to: `${image}.backup` });
    expect(() => open(image)).toThrow(/restore its backup with `cp '.*image\.db\.backup' '.*image\.db'`/);
    expect(readFileSync(image)).toEqual(before);
    expect(findDamage(image, "full")).not.toEqual([]);
  });

  it("is refused where its end is missing, however it was closed", async () => {
    const store = open();
    await fill(store, 2_000, 300);
    await store.close();
    truncateSync(file, 20 * PAGE);
    expect(() => open()).toThrow(/is damaged \(its end is missing\)/);
  });

  it("is read through later where it is big, and before its next use where damage was found then", async () => {
    const store = open();
    await fill(store, 11_000, 3_000);
    store.sqlite.checkpoint({ isForced: true });
    const image = crashImage();
    await store.close();
    damage(image, 4_000, 2);
    const big = open(image);
    expect(big.sqlite.isReadThrough).toBe(false);
    expect(findDamage(image, "quick")).not.toEqual([]);
    big.sqlite.distrust();
    await big.close();
    expect(() => open(image)).toThrow(/is damaged/);
  });
});

// I7
describe("a database that is not there", () => {
  it("is created where there never was one, and missed where it has a backup", async () => {
    await open().close();
    await backUp(file);
    await rm(file);
    expect(() => open()).toThrow(/is gone, and it has a backup: restore it with `cp '.*s\.db\.backup' '.*s\.db'`/);
    writeFileSync(file, "");
    expect(() => open()).toThrow(/is empty, and it has a backup/);
    expect(statSync(file).size).toBe(0);
  });

  it("is restored in one step, and what was there is set aside", async () => {
    const store = open();
    await fill(store, 4);
    await backUp(file);
    await fill(store, 4);
    await store.close();
    const aside = restoreBackup(file, `${file}.backup`);
    expect(aside).toMatch(/s\.db\.replaced-\d{8}T\d{6}Z$/);
    expect(readDatabaseFacts(aside as string).eventsAtMost).toBe(8);
    const restored = open();
    expect(await newestEventId(restored)).toBe(5);
    await restored.close();
  });

  it("is not restored from what is damaged, or another program's", async () => {
    const store = open();
    await fill(store, 2_000, 300);
    await store.close();
    const copy = join(directory, "copy");
    copyFileSync(file, copy);
    damage(copy, 40, 3);
    const before = readFileSync(file);
    expect(() => restoreBackup(file, copy)).toThrow(/damaged .* nothing was changed/);
    expect(() => restoreBackup(file, `${file}.state`)).toThrow(/no backup of this program's database/);
    expect(() => restoreBackup(file, join(directory, "nothing"))).toThrow(/there is no backup/);
    expect(readFileSync(file)).toEqual(before);
  });
});

describe("a migration", () => {
  /** The migrations up to the given one. */
  async function migrationsUpTo(count: number, change?: (folder: string) => void): Promise<string> {
    const folder = await mkdtemp(join(directory, "migrations-"));
    cpSync(migrations, folder, { recursive: true });
    const journalFile = join(folder, "meta", "_journal.json");
    const journal = JSON.parse(readFileSync(journalFile, "utf8")) as { entries: unknown[] };
    writeFileSync(journalFile, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }));
    change?.(folder);
    return folder;
  }

  it("is preceded by a backup that is complete in one file", async () => {
    openSqlite({ file, migrations: await migrationsUpTo(1) }).close();
    await open().close();
    const backup = `${file}.before-migration`;
    expect(findDamage(backup, "full")).toEqual([]);
    expect(statSync(backup).mode & 0o777).toBe(0o640);
    copyFileSync(backup, file);
    openSqlite({ file, migrations: await migrationsUpTo(1) }).close();
    expect(warnings).toEqual([]);
  });

  it("that fails changes nothing, and the older program goes on", async () => {
    const oldFolder = await migrationsUpTo(1);
    openSqlite({ file, migrations: oldFolder }).close();
    const broken = await migrationsUpTo(2, (folder) =>
      writeFileSync(
        join(folder, "0001_writer.sql"),
        "create table half_done (id integer);\n--> statement-breakpoint\ninsert into nowhere values (1);",
      ),
    );
    expect(() => openSqlite({ file, migrations: broken })).toThrow(/nowhere/);
    const again = openSqlite({ file, migrations: oldFolder });
    expect(again.driver.prepare("select 1 from sqlite_schema where name = 'half_done'").get()).toBeUndefined();
    again.close();
  });
});
