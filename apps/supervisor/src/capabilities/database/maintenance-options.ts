import type { Clock, Logger } from "@hal/daemon";

/** What is done again and again. */
export interface MaintenanceSchedule {
  /** how old events may become, in milliseconds; undefined keeps them for ever */
  readonly retentionMs: number | undefined;
  /** how far apart backups are, in milliseconds; undefined makes none, and none at the end */
  readonly backupEveryMs: number | undefined;
}

export interface MaintenanceOptions extends MaintenanceSchedule {
  readonly clock: Clock;
  readonly log: Logger;
  /** the event that somebody who follows the log waits for comes behind this one; undefined where nobody does */
  readonly followedFrom: () => number | undefined;
  /** saves the places of named followers, before what they have done is deleted */
  readonly savePlaces: () => Promise<void>;
  /** the module of the thread that reads a database through; without it nobody does after a start, and this one when it is asked for */
  readonly checker: URL | undefined;
  /** hears in one line why there is no going on with this database */
  readonly onLost: (reason: string) => void;
  readonly everyMs?: Partial<typeof EVERY_MS>;
}

export const EVERY_MS = { look: 1_000, firstPrune: 600_000, prune: 86_400_000 };
