import {
  createToken,
  noteSharedTokens,
  noteSharedTokenUse,
  noteTokenUse,
  revokeSharedToken,
  revokeToken,
} from "./access/writes.ts";
import { endAudit, noteAudit, pruneAudit } from "./audit/writes.ts";
import { cancelCommand, expireQueued, failLost, noteSent, noteUnsent, queueCommand } from "./commands/writes.ts";
import { mendStep } from "./database/mend-rows.ts";
import { pruneStep } from "./database/prune.ts";
import { probeWritable, renewLogId } from "./log/life.ts";
import { appendOwnEvents } from "./log/writes.ts";
import {
  confirmSecret,
  noteAllDisconnected,
  noteConnected,
  noteCredential,
  noteDisconnected,
  noteReports,
} from "./nodes/writes.ts";
import { removeNode } from "./removal/writes.ts";
import type { WriterDatabase } from "./writer-database.ts";

/** Everything that changes the database beside events frames, by name, so that it can be asked of another thread. */
export const WRITES = {
  appendOwnEvents,
  cancelCommand,
  confirmSecret,
  createToken,
  endAudit,
  expireQueued,
  failLost,
  mendStep,
  noteAllDisconnected,
  noteAudit,
  noteConnected,
  noteCredential,
  noteDisconnected,
  noteReports,
  noteSent,
  noteSharedTokens,
  noteSharedTokenUse,
  noteTokenUse,
  noteUnsent,
  probeWritable,
  pruneAudit,
  pruneStep,
  queueCommand,
  removeNode,
  renewLogId,
  revokeSharedToken,
  revokeToken,
} as const;

export type WriteName = keyof typeof WRITES;

type Rest<F> = F extends (db: WriterDatabase, ...rest: infer A) => unknown ? A : never;
export type WriteArgs<N extends WriteName> = Rest<(typeof WRITES)[N]>;
export type WriteResult<N extends WriteName> = ReturnType<(typeof WRITES)[N]>;

/** One write as it travels to the writer. */
export interface WriteRequest {
  readonly name: WriteName;
  readonly args: readonly unknown[];
}
