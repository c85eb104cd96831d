export * from "./executions.ts";
export * from "./holds.ts";
export * from "./leases.ts";
export { CheckpointSchedule } from "../file/checkpoint-schedule.ts";
export { type AgentStore, openAgentStore, type OutboxLimits } from "./open.ts";
export {
  acknowledge,
  frameAfter,
  markAt,
  recordInstance,
  recordLog,
  outboxDepth,
  type OutboxPosition,
  outboxPosition,
  resetEpoch,
  takeBack,
  toldRun,
} from "./outbox.ts";
export { keptProgress, recordProgress } from "./progress.ts";
export * from "./record.ts";
export * from "./rules.ts";
export {
  beginCounting,
  type Counters,
  countedFor,
  countersAtTheirPlace,
  forgetCounted,
  isCounting,
  type MessageShare,
  readCounters,
} from "./spending.ts";
export { allTold, forgetTold, toldMessagesOf } from "./told.ts";
export { toldAtItsPlace } from "./told-place.ts";
export { describeStorageProblem, isStorageProblem } from "../storage-problem.ts";
export { StoreError } from "../store-error.ts";
