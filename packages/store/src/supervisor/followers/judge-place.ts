import type { FollowerRow } from "./schema.ts";

/** What a place is judged by: the log as it is. */
export interface LogStanding {
  readonly logId: string;
  readonly isEarlierLife: (logId: string) => boolean;
  readonly newestId: number;
  readonly prunedUpTo: number;
}

/** Where a follower goes on; `why` says why that is not where it was. */
export interface JudgedPlace {
  readonly place: number;
  readonly why?: string;
}

/**
 * Judges a place against the log's life. A restored copy has a place of its own time, which is good: what followed is
 * done again. A place that is not of this log says nothing, and all that is here is done, since nothing may be left out.
 */
export function judgePlace({ place, logId }: Pick<FollowerRow, "place" | "logId">, log: LogStanding): JudgedPlace {
  if (logId !== log.logId && !log.isEarlierLife(logId))
    return { place: log.prunedUpTo, why: "its place is of another event log" };
  if (place > log.newestId) return { place: log.prunedUpTo, why: "its place is ahead of the event log" };
  return { place };
}
