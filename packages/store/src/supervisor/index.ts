export {
  type CommandFilter,
  commandById,
  commandOfKey,
  countOpenCommands,
  type IdempotencyKey,
  listCommands,
  openCommandsOf,
  type Queued,
} from "./commands.ts";
export { type Committed, committedOf } from "./cursors.ts";
export * from "./doors.ts";
export * from "./events.ts";
export { foldCommand } from "./fold-command.ts";
export { foldInteraction, type InteractionContext } from "./fold-interaction.ts";
export { foldSession, type SessionKey } from "./fold-session.ts";
export * from "./interactions.ts";
export { type KeptSecret, type NodeReport } from "./node-writes.ts";
export * from "./nodes.ts";
export { openSupervisorStore, type SupervisorStore, type SupervisorStoreOptions } from "./open.ts";
export type { OwnEvent } from "./own-events.ts";
export type * from "./rows.ts";
export * from "./sessions.ts";
export type { EventsFrame, Taken } from "./take-frame.ts";
export { serveWriter } from "./writer-thread.ts";
export { describeStorageProblem, isStorageProblem } from "../storage-problem.ts";
export { StoreError } from "../store-error.ts";
