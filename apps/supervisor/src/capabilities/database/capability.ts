import type { Kernel } from "../../kernel.ts";
import { capability } from "../capability.ts";
import type { Context } from "./context.ts";
import { StorageHealth } from "./domain/storage-health.ts";
import { keepDatabase } from "./maintain-database.ts";
import { careOf, scheduleOf } from "./open-store.ts";
import { dbHandlers } from "./operations.ts";
import { watchCommits } from "./watch-commits.ts";

/** Looks after the database: backups, pruning, and whether it is sound. */
export const database = capability<Kernel, Context>()({
  name: "database",
  open(kernel, { config, checker, closers, onFailure }) {
    const { store, metrics, log } = kernel;
    const care = careOf(config, { ...kernel, checker }, { ...kernel, onLost: onFailure });
    const keeper = closers.use("database's care", keepDatabase(store, care));
    const storage = new StorageHealth();
    closers.add("watch on commits", watchCommits(store, { metrics, storage, log }));
    return { keeper, storage };
  },
  handlers: dbHandlers,
  liveKeys: ["database.retention_days", "database.backup_interval_hours"],
  reload: ({ keeper }, { next, changed }) => {
    if (changed.some((key) => key.startsWith("database."))) keeper.reschedule(scheduleOf(next));
  },
});
