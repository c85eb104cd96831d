export { listSharedTokens, listTokens } from "./access/questions.ts";
export type { SharedTokenRow, TokenRow } from "./access/schema.ts";
export * from "./access/writes.ts";
export type { Appended, EndedCommand } from "./append-tally.ts";
export * from "./audit/questions.ts";
export type { AuditRow } from "./audit/schema.ts";
export * from "./audit/writes.ts";
export { foldCommand } from "./commands/fold.ts";
export * from "./commands/questions.ts";
export type { CommandRow, PromptUnderWayRow } from "./commands/schema.ts";
export { sentCommand } from "./commands/sent-command.ts";
export * from "./commands/writes.ts";
export { type DatabaseFacts, readDatabaseFacts } from "./database/database-facts.ts";
export { toldProjects } from "./database/told-projects.ts";
export { mendFile, pruneFile, restoreBackup } from "./database/maintain-file.ts";
export { checkInThread, type CheckRequest, serveCheck } from "./database/check-thread.ts";
export {
  MEND_ROWS,
  MEND_START,
  mendAll,
  type MendCounts,
  type MendPlace,
  mendPlaceOf,
  mendStep,
  unreadableRows,
} from "./database/mend-rows.ts";
export { prune, prunedUpTo, type PruneCounts, type PrunePlace, type PruneStep, pruneStep } from "./database/prune.ts";
export type { PruneOptions } from "./prune-part.ts";
export { judgePlace, type LogStanding } from "./followers/judge-place.ts";
export * from "./followers/questions.ts";
export type { FollowerRow, SetAsideRow } from "./followers/schema.ts";
export * from "./followers/writes.ts";
export * from "./health/questions.ts";
export type { HealthRow } from "./health/schema.ts";
export * from "./holds/questions.ts";
export type { HoldRow } from "./holds/schema.ts";
export * from "./holds/writes.ts";
export { takeFrame } from "./writer/take-frame.ts";
export type { IdempotencyKey } from "./idempotency/keys.ts";
export * from "./inbox/questions.ts";
export * from "./inbox/standing-questions.ts";
export * from "./inbox/review-questions.ts";
export type { InboxNoteRow } from "./inbox/schema.ts";
export * from "./inbox/writes.ts";
export { foldInteraction, type InteractionContext } from "./interactions/fold.ts";
export * from "./interactions/questions.ts";
export type { InteractionRow } from "./interactions/schema.ts";
export { countSpentSince, type Spent, spentSince } from "./ledger/questions.ts";
export { isEarlierLife, logIdOf, probeWritable, renewLogId, restoredAt } from "./log/life.ts";
export * from "./log/questions.ts";
export type { EventRow, StoredEvent } from "./log/schema.ts";
export * from "./log/writes.ts";
export * from "./nodes/questions.ts";
export type { NodeRow } from "./nodes/schema.ts";
export * from "./nodes/writes.ts";
export { AT_ONCE, changedBy as policyChangeOf, newPolicySession } from "./policies/fold.ts";
export * from "./policies/questions.ts";
export * from "./policies/replay-questions.ts";
export type { PolicyPauseRow, PolicySessionRow } from "./policies/schema.ts";
export * from "./policies/writes.ts";
export { completedSession } from "./projects/completed-sessions.ts";
export { BY_FILE } from "./projects/fold.ts";
export * from "./projects/questions.ts";
export type { CompletedSessionRow, ProjectStartRow, ProjectTaskRow } from "./projects/schema.ts";
export * from "./projects/writes.ts";
export { type Active, activeIn } from "./prompts/active-in.ts";
export { dueOf, type QueuedPrompt, type QueueFacts, type Standing, standingOf } from "./prompts/due.ts";
export * from "./prompts/questions.ts";
export type { PromptRow } from "./prompts/schema.ts";
export { refusePrompts, sendDue, type Sending, type SentPrompt } from "./prompts/send-writes.ts";
export * from "./prompts/stall-writes.ts";
export { type Place, queueAlone, type QueuedAlone } from "./prompts/start-writes.ts";
export * from "./prompts/writes.ts";
export { openSupervisorStore, type SupervisorStoreOptions } from "./open.ts";
export type { Reference } from "./writer/own-references.ts";
export * from "./removal/writes.ts";
export * from "./rules/questions.ts";
export type { RuleRow } from "./rules/schema.ts";
export * from "./rules/writes.ts";
export * from "./schedules/questions.ts";
export type { OccasionRow, SchedulePlaceRow, ScheduleRow } from "./schedules/schema.ts";
export * from "./schedules/writes.ts";
export { sinceHere } from "./health/fold.ts";
export { foldSession, type SessionKey } from "./sessions/fold.ts";
export * from "./sessions/questions.ts";
export { type MessageRow, type SessionRow, type TurnStands, UNTOLD } from "./sessions/schema.ts";
export type { RowPlace, SupervisorStore } from "./store.ts";
export { type Folded, foldedAt, type FoldedSession, type NamedPlace } from "./told/questions.ts";
export type { EventsFrame } from "./writer/read-frame.ts";
export type { Taken } from "./writer/append-frame.ts";
export type { GroupEnd } from "./writer/writer.ts";
export { serveWriter } from "./writer/writer-thread.ts";
export { backUp, type BackupOptions, type BackupResult } from "../file/backup.ts";
export { findDamage } from "../file/integrity.ts";
export { type Hold, holdDatabase } from "../file/hold-database.ts";
export { describeDamage } from "../file/prepare-file.ts";
export type { SqliteInUse } from "../file/sqlite.ts";
export { describeStorageProblem, isStorageProblem } from "../storage-problem.ts";
export { StoreError } from "../store-error.ts";
