import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { openSqlite, type OpenOptions, type Sqlite } from "../sqlite.ts";
import { meta } from "./schema.ts";

/** The supervisor's database. */
export interface SupervisorStore {
  readonly sqlite: Sqlite;
  /** names this life of the event log; cursors of another are refused */
  readonly logId: string;
}

/** What every function of the store works on: the database, inside or outside of a transaction. */
export type Orm = Sqlite["orm"];

/** Opens the supervisor's database, creating it where there is none. */
export function openSupervisorStore(options: OpenOptions): SupervisorStore {
  const sqlite = openSqlite(options);
  return { sqlite, logId: logIdOf(sqlite.orm) };
}

function logIdOf(orm: Orm): string {
  const known = orm.select().from(meta).where(eq(meta.key, "log_id")).get();
  if (known !== undefined) return known.value;
  const value = randomUUID().slice(0, 8);
  orm.insert(meta).values({ key: "log_id", value }).run();
  return value;
}

/** Whether the database takes writes just now; throws what the driver says where it does not. */
export async function probeWritable(store: SupervisorStore): Promise<void> {
  store.sqlite.orm
    .insert(meta)
    .values({ key: "probe", value: "1" })
    .onConflictDoUpdate({ target: meta.key, set: { value: "1" } })
    .run();
}
