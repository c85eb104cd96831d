import { createHash } from "node:crypto";
import type { CommandRow } from "./schema.ts";

/** What the supervisor itself asks of a session. */
export type OwnCommand = Pick<CommandRow, "id" | "type" | "nodeId" | "project" | "sessionId" | "actor" | "args">;

/** How it goes out: to which life of its node's outbox, and under which key its node knows it again. */
export interface Sent {
  readonly now: number;
  readonly epoch: string | null;
  readonly key: readonly unknown[];
}

/** A command that goes out at once and waits for its outcome without a deadline. */
export function sentCommand(command: OwnCommand, { now, epoch, key }: Sent): CommandRow {
  return {
    ...command,
    state: "sent",
    output: null,
    error: null,
    createdAt: now,
    deadlineAt: null,
    sentAt: now,
    sentEpoch: epoch,
    cancelRequestedAt: null,
    keyHash: hashOf(key),
    payloadHash: hashOf(command.args),
    finishedAt: null,
  };
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
