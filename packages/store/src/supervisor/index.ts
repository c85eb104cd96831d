export type { Appended, EndedCommand } from "./append-tally.ts";
export * from "./audit.ts";
export type { AuditEnd, AuditEntry } from "./audit-writes.ts";
export {
  type CommandFilter,
  commandById,
  commandOfKey,
  actsUnderWay,
  commandsByPrefix,
  expiredAnswers,
  countOpenCommands,
  countOpenStops,
  type IdempotencyKey,
  listCommands,
  type OpenCommands,
  openCommands,
  openCommandsByState,
  openCommandsOf,
  type Queued,
} from "./commands.ts";
export { checkInThread, type CheckRequest, serveCheck } from "./check-thread.ts";
export { type DatabaseFacts, mendFile, pruneFile, readDatabaseFacts, restoreBackup } from "./care.ts";
export { type Committed, committedOf, type KnownOutbox } from "./cursors.ts";
export { countSpentSince, type Spent, spentSince } from "./spent.ts";
export * from "./doors.ts";
export * from "./events.ts";
export { foldCommand } from "./fold-command.ts";
export { foldInteraction, type InteractionContext } from "./fold-interaction.ts";
export { foldSession, type SessionKey } from "./fold-session.ts";
export * from "./interactions.ts";
export {
  MEND_ROWS,
  MEND_START,
  mendAll,
  type MendCounts,
  type MendPlace,
  mendPlaceOf,
  unreadableRows,
} from "./mend-rows.ts";
export { isEarlierLife, logIdOf, restoredAt } from "./log-life.ts";
export { type LetIn, type NodeReport } from "./node-writes.ts";
export { type NodeRemoved, UNTOLD } from "./node-removal.ts";
export * from "./nodes.ts";
export { openSupervisorStore, type SupervisorStore, type SupervisorStoreOptions } from "./open.ts";
export type { OwnEvent } from "./own-events.ts";
export type { Reference } from "./own-references.ts";
export type * from "./rows.ts";
export { prune, prunedUpTo, type PruneCounts, type PruneOptions, type PrunePlace, type PruneStep } from "./prune.ts";
export * from "./sessions.ts";
export { listSharedTokens } from "./shared-tokens.ts";
export type { Created } from "./token-writes.ts";
export * from "./tokens.ts";
export type { EventsFrame, Taken } from "./take-frame.ts";
export type { GroupEnd } from "./writer.ts";
export { serveWriter } from "./writer-thread.ts";
export { backUp, type BackupOptions, type BackupResult } from "../backup.ts";
export { findDamage } from "../integrity.ts";
export { type Hold, holdDatabase } from "../offline.ts";
export { describeDamage } from "../prepare-file.ts";
export type { KeptSqlite } from "../sqlite.ts";
export { describeStorageProblem, isStorageProblem } from "../storage-problem.ts";
export { StoreError } from "../store-error.ts";
