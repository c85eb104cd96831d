import Database from "better-sqlite3";

/** `full` reads everything, `quick` all but the indexes' content, `ends` a few rows at both ends of each table. */
export type Depth = "full" | "quick" | "ends";

const MEBIBYTE = 1024 ** 2;

/**
 * Up to this size a database is read through before it is used: a moment after a crash, from which SQLite recovers by
 * itself, and seconds where somebody put the file there. Above it that happens while it is in use.
 */
const READ_THROUGH_BYTES = { crashed: 32 * MEBIBYTE, strange: 1024 * MEBIBYTE };

/** Up to this size what somebody put there is compared with its indexes, too: a copy that a checkpoint came into differs there. */
const COMPARE_BYTES = 256 * MEBIBYTE;

/** How deep a start may look without being late. */
export function depthForStart(sizeBytes: number, isStrange: boolean): Depth {
  if (isStrange && sizeBytes <= COMPARE_BYTES) return "full";
  return sizeBytes <= READ_THROUGH_BYTES[isStrange ? "strange" : "crashed"] ? "quick" : "ends";
}

/** Looks for damage and changes nothing. Returns what it found; nothing is good. */
export function findDamage(file: string, depth: Depth): string[] {
  // a connection that may only read cannot move the WAL into the file when it closes
  const driver = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return depth === "ends" ? readEnds(driver) : runCheck(driver, depth);
  } catch (error) {
    if (isDamage(error)) return [(error as Error).message];
    throw error;
  } finally {
    driver.close();
  }
}

function runCheck(driver: Database.Database, depth: "full" | "quick"): string[] {
  const rows = driver.pragma(depth === "full" ? "integrity_check(20)" : "quick_check(1)") as Record<string, string>[];
  const found = rows.flatMap((row) => Object.values(row)).filter((text) => text !== "ok");
  if (depth === "quick") return found;
  const foreign = driver.pragma("foreign_key_check") as { table: string; rowid: number }[];
  return [...found, ...foreign.map(({ table, rowid }) => `row ${rowid} of ${table} points to nothing`)];
}

/** A file that was cut short lacks its last pages, which are those of the newest rows. */
function readEnds(driver: Database.Database): string[] {
  const tables = driver
    .prepare<[], { name: string; hasRowId: number }>(
      `select t.name, not l.wr as hasRowId from sqlite_schema t
       join pragma_table_list l on l.schema = 'main' and l.name = t.name where t.type = 'table'`,
    )
    .all();
  for (const { name, hasRowId } of tables)
    for (const order of ["asc", "desc"]) {
      const places = hasRowId === 1 ? ["rowid"] : keyOf(driver, name);
      const ordered = places.map((column) => `${column} ${order}`).join(", ");
      driver.prepare(`select * from "${name}" order by ${ordered} limit 200`).all();
    }
  return [];
}

/** The columns of a table's primary key: one without row ids lies in their order. */
function keyOf(driver: Database.Database, table: string): string[] {
  return driver
    .prepare<[string], string>("select name from pragma_table_info(?) where pk > 0 order by pk")
    .pluck()
    .all(table)
    .map((column) => `"${column}"`);
}

/** Whether SQLite says that a file is damaged, or none of its own. */
export function isDamage(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB");
}
