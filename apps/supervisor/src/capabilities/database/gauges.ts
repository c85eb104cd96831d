import { statSync } from "node:fs";
import { Gauges } from "../../metrics/gauges.ts";
import type { Context } from "./context.ts";
import { CHECK_STATES } from "./domain/storage-health.ts";

/** The database's file, its backup, and whether it is sound and takes writes. */
export function databaseGauges({ metrics, store, maintenance, storage }: Context): void {
  const { file } = store.sqlite;
  const gauges = new Gauges(metrics.registry, () => ({
    sizeBytes: sizeOf(file),
    walBytes: sizeOf(`${file}-wal`),
    backupAt: statSync(`${file}.backup`, { throwIfNoEntry: false })?.mtimeMs ?? 0,
    check: maintenance.check,
    isWritable: storage.problem === undefined,
  }));
  gauges.plain("database_size_bytes", "Size of the database's file", ({ sizeBytes }) => sizeBytes);
  gauges.plain("database_wal_bytes", "Size of what is not in the main file yet", ({ walBytes }) => walBytes);
  gauges.plain(
    "database_backup_timestamp_seconds",
    "When the last backup was made, in seconds since 1970; 0 where there is none",
    ({ backupAt }) => backupAt / 1000,
  );
  gauges.plain("database_writable", "1 where the last commit was taken, else 0", ({ isWritable }) =>
    isWritable ? 1 : 0,
  );
  gauges.labelled("database_check", "1 for how far the reading of the database is, by state", [
    "state",
    CHECK_STATES,
    ({ check }, state) => (check === state ? 1 : 0),
  ]);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
