import { type Clock, type Logger, StartupError, systemClock } from "@hal/daemon";
import { openSupervisorStore, StoreError, type SupervisorStore } from "@hal/store/supervisor";
import type { SupervisorConfig } from "../../config.ts";
import type { Kernel } from "../../kernel.ts";
import type { MaintenanceOptions, MaintenanceSchedule } from "./maintenance-options.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What a database needs beside its configuration. */
interface StoreOptions {
  readonly log: Logger;
  readonly migrations: string;
  readonly clock?: Clock;
  readonly writer?: URL;
  readonly checker?: URL;
}

/** Opens the configured database; `onFailure` hears why there is no going on with it. */
export function openStore(
  config: SupervisorConfig,
  options: StoreOptions,
  onFailure: (reason: string) => void,
): SupervisorStore {
  const { migrations, writer, log } = options;
  const onDeath = (error: Error): void => onFailure(error.message);
  try {
    const store = openSupervisorStore({
      file: config.database.path,
      migrations,
      onWarning: (text) => log.warn(text),
      thread: writer === undefined ? undefined : { entry: writer, onDeath },
    });
    store.unreadable.onRow = (row, problem) =>
      log.error({ row, problem }, "a row of the database cannot be shown as it is; db check --repair mends it");
    return store;
  } catch (error) {
    throw error instanceof StoreError ? new StartupError(error.message, { cause: error }) : error;
  }
}

/** How the database is to be looked after. */
export function maintenanceOf(
  config: SupervisorConfig,
  { clock = systemClock, log, checker }: Pick<StoreOptions, "clock" | "log"> & { readonly checker: URL | undefined },
  { readers, followers, onLost }: Pick<Kernel, "readers" | "followers"> & Pick<MaintenanceOptions, "onLost">,
): MaintenanceOptions {
  const followed = { followedFrom: () => readers.slowest, savePlaces: () => followers.savePlaces() };
  return { clock, log, checker, onLost, ...followed, ...scheduleOf(config) };
}

/** What is done with the database again and again; undefined for never. */
export function scheduleOf({ database }: SupervisorConfig): MaintenanceSchedule {
  const { retention_days: days, backup_interval_hours: hours } = database;
  return {
    retentionMs: days === 0 ? undefined : days * DAY_MS,
    backupEveryMs: hours === 0 ? undefined : hours * HOUR_MS,
  };
}
