import type { Kernel } from "../../kernel.ts";
import { capability } from "../capability.ts";
import type { Context } from "./context.ts";
import { databaseGauges } from "./gauges.ts";
import { StorageHealth } from "./domain/storage-health.ts";
import { maintainDatabase } from "./maintain-database.ts";
import { maintenanceOf, scheduleOf } from "./open-store.ts";
import { dbHandlers } from "./operations.ts";
import { watchCommits } from "./watch-commits.ts";

/** Looks after the database: backups, pruning, and whether it is sound. */
export const database = capability<Kernel, Context>()({
  name: "database",
  open(kernel, { config, checker, closers, onFailure }) {
    const { store, metrics, log } = kernel;
    const options = maintenanceOf(config, { ...kernel, checker }, { ...kernel, onLost: onFailure });
    const maintenance = closers.use("database's maintenance", maintainDatabase(store, options));
    const storage = new StorageHealth();
    closers.add("watch on commits", watchCommits(store, { metrics, storage, log }));
    return { maintenance, storage };
  },
  gauges: databaseGauges,
  handlers: dbHandlers,
  liveKeys: ["database.retention_days", "database.backup_interval_hours"],
  reload: ({ maintenance }, { next, changed }) => {
    if (changed.some((key) => key.startsWith("database."))) maintenance.reschedule(scheduleOf(next));
  },
});
