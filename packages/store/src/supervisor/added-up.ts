import { type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";

/**
 * The sum of a column, which never fails: SQLite's own `sum` refuses the whole query where it overflows. What no row may
 * hold counts as nothing, as it is shown; 0 where there is no row.
 */
export function addedUp(column: SQLiteColumn | SQL): SQL<number> {
  const most = sql.raw(String(Number.MAX_SAFE_INTEGER));
  return sql<number>`min(${most}, total(case when ${column} between -${most} and ${most} then ${column} else 0 end))`.mapWith(
    Number,
  );
}
