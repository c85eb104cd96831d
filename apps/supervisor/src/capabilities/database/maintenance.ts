import type { BackupResult, MendCounts, PruneCounts } from "@hal/store/supervisor";
import type { CheckState } from "./domain/storage-health.ts";
import type { MaintenanceSchedule } from "./maintenance-options.ts";

/** Who looks after the database, as those see it who ask for that at once. */
export interface DatabaseMaintenance {
  /** how far the reading of a database is that was too big to be read before its use */
  readonly check: CheckState;
  /** goes on where whoever asked has left */
  backUp(): Promise<BackupResult>;
  /** what is wrong, after all of it was read; nothing is good */
  findDamage(signal: AbortSignal): Promise<readonly string[]>;
  /** how many rows cannot be shown as they are stored, by table */
  findUnreadable(signal: AbortSignal): Promise<MendCounts>;
  /** marks those rows, and keeps what they were in the log; how many there were */
  mend(): Promise<MendCounts>;
  /** backups and pruning follow another schedule from now on */
  reschedule(schedule: MaintenanceSchedule): void;
  /** undefined where the clock is not to be trusted with deleting */
  prune(what: { readonly olderThanMs: number; readonly isDryRun: boolean }): Promise<PruneCounts | undefined>;
}
