import type { ErrorBody, HalEvent } from "@hal/protocol";
import { and, eq, isNotNull, lt, sql } from "drizzle-orm";
import { inTransaction } from "../file/sqlite.ts";
import { type AgentStore, readMeta, writeMeta } from "./open.ts";
import { appendToOutbox } from "./outbox.ts";
import { executions } from "./schema.ts";

export type ExecutionRow = typeof executions.$inferSelect;

/** What a command's caller promised with its idempotency key, without the key. */
export interface ExecutionKey {
  readonly hash: string;
  readonly payload: string;
}

/** How an execution ended. */
export type Outcome =
  | { readonly state: "succeeded"; readonly output: unknown }
  | { readonly state: "failed"; readonly error: ErrorBody }
  | { readonly state: "cancelled" };

export async function executionById(store: AgentStore, commandId: string): Promise<ExecutionRow | undefined> {
  return store.sqlite.orm.select().from(executions).where(eq(executions.commandId, commandId)).get();
}

/** Records that a command begins, before anything of it is done; a known id begins nothing and returns false. */
export async function beginExecution(
  store: AgentStore,
  command: {
    readonly commandId: string;
    readonly type: string;
    readonly args: unknown;
    readonly key?: ExecutionKey | undefined;
  },
  now: number,
): Promise<boolean> {
  return inTransaction(store, () => {
    const { commandId, type, args, key } = command;
    const kept = [key?.hash ?? null, key?.payload ?? null] as const;
    const { changes } = store.statements.beginExecution.run(commandId, type, JSON.stringify(args), now, ...kept);
    if (changes === 0) return false;
    appendToOutbox(store, [
      {
        type: "command.running",
        at: now,
        sourceKey: `command/${commandId}/running`,
        data: { commandId },
      },
    ]);
    return true;
  });
}

/** The execution that began first under a caller's key. */
export async function executionOfKey(store: AgentStore, hash: string): Promise<ExecutionRow | undefined> {
  return store.sqlite.orm
    .select()
    .from(executions)
    .where(eq(executions.keyHash, hash))
    .orderBy(executions.commandId)
    .limit(1)
    .get();
}

/** Saves the message id that a prompt is about to be posted with, and to which run of opencode (protocol §5.3). */
export async function saveMessageId(
  store: AgentStore,
  commandId: string,
  posted: { readonly messageId: string; readonly run: string },
): Promise<void> {
  store.sqlite.orm.update(executions).set(posted).where(eq(executions.commandId, commandId)).run();
}

/** Saves how far a command of several steps has come, before it goes on. */
export async function saveProgress(store: AgentStore, commandId: string, progress: unknown): Promise<void> {
  store.sqlite.orm.update(executions).set({ progress }).where(eq(executions.commandId, commandId)).run();
}

/** Ends an execution and tells its outcome, in one transaction. */
export async function finishExecution(
  store: AgentStore,
  commandId: string,
  outcome: Outcome,
  now: number,
): Promise<void> {
  inTransaction(store, () => {
    const output = outcome.state === "succeeded" ? JSON.stringify(outcome.output ?? null) : null;
    const error = outcome.state === "failed" ? JSON.stringify(outcome.error) : null;
    store.statements.finishExecution.run(outcome.state, output, error, now, commandId);
    appendToOutbox(store, [outcomeEvent(commandId, outcome, now)]);
  });
}

/** Tells the known outcome of a command again; the log drops it where it is there already (protocol §5.2). */
export async function tellOutcomeAgain(store: AgentStore, row: ExecutionRow, now: number): Promise<void> {
  const outcome = outcomeOf(row);
  if (outcome === undefined) return;
  inTransaction(store, () => appendToOutbox(store, [outcomeEvent(row.commandId, outcome, row.finishedAt ?? now)]));
}

/** How an execution ended; undefined while it has not. */
export function outcomeOf(row: ExecutionRow): Outcome | undefined {
  switch (row.state) {
    case "running":
      return undefined;
    case "succeeded":
      return { state: "succeeded", output: row.output };
    case "failed":
      return { state: "failed", error: row.error as ErrorBody };
    case "cancelled":
      return { state: "cancelled" };
    default:
      return row.state satisfies never;
  }
}

/** Failed executions of a type that were told to be unclear, and that name no session. */
export async function unclearExecutions(store: AgentStore, type: string): Promise<ExecutionRow[]> {
  const failed = and(eq(executions.type, type), eq(executions.state, "failed"));
  const rows = store.sqlite.orm.select().from(executions).where(failed).all();
  return rows.filter(({ error }) => {
    const { code, details } = error as ErrorBody;
    return code === "interrupted" && (details as { readonly sessionId?: unknown } | undefined)?.sessionId === undefined;
  });
}

/** Says more of an execution that failed: it stays failed, its session is known, and a message takes the place of what was told. */
export async function correctExecution(
  store: AgentStore,
  { commandId, error }: ExecutionRow,
  known: { readonly sessionId: string; readonly message: string },
  now: number,
): Promise<void> {
  const { sessionId, message } = known;
  const more = { ...(error as ErrorBody), message, details: { sessionId } };
  inTransaction(store, () => {
    store.sqlite.orm.update(executions).set({ error: more }).where(eq(executions.commandId, commandId)).run();
    const sourceKey = `command/${commandId}/corrected`;
    appendToOutbox(store, [{ type: "command.corrected", at: now, sourceKey, data: { commandId, sessionId, message } }]);
  });
}

/** Whether a stop of everything, on the node or in a project of it, began after a command did. */
export async function wasStoppedAfter(store: AgentStore, commandId: string, project: string): Promise<boolean> {
  const began = sql`(select rowid from executions where command_id = ${commandId})`;
  const later = and(eq(executions.type, "node.stop"), sql`rowid > ${began}`);
  const stops = store.sqlite.orm.select({ args: executions.args }).from(executions).where(later).all();
  return stops.some(({ args }) => {
    const { project: only } = args as { readonly project?: string };
    return only === undefined || only === project;
  });
}

/** Executions that an earlier run of the agent left unfinished. */
export async function unfinishedExecutions(store: AgentStore): Promise<ExecutionRow[]> {
  return store.sqlite.orm.select().from(executions).where(eq(executions.state, "running")).all();
}

/**
 * Forgets executions of commands that were made before a time. What is forgotten may have been done, so that from then
 * on no command that was made earlier is begun (protocol §5.2).
 */
export async function forgetExecutions(store: AgentStore, before: number): Promise<void> {
  const limit = commandIdAt(before);
  inTransaction(store, () => {
    if (limit <= (readMeta(store, FORGOTTEN) ?? "")) return;
    store.sqlite.orm
      .delete(executions)
      .where(and(isNotNull(executions.finishedAt), lt(executions.commandId, limit)))
      .run();
    writeMeta(store, FORGOTTEN, limit);
  });
}

const FORGOTTEN = "forgotten_before";

/** An unknown command whose id sorts before this may have been done and forgotten; empty where nothing was forgotten. */
export async function forgottenBefore(store: AgentStore): Promise<string> {
  return readMeta(store, FORGOTTEN) ?? "";
}

/** A command's id is a UUIDv7: it begins with the time of its making. */
function commandIdAt(time: number): string {
  const hex = Math.max(0, Math.floor(time)).toString(16).padStart(12, "0");
  return `cmd_${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** Tells that a command is too old to be begun. */
export async function tellStale(store: AgentStore, commandId: string, now: number): Promise<void> {
  const error = {
    code: "stale" as const,
    message: "the command is older than what this agent remembers of commands, so it may have been done; ask again",
  };
  inTransaction(store, () => appendToOutbox(store, [outcomeEvent(commandId, { state: "failed", error }, now)]));
}

function outcomeEvent(commandId: string, outcome: Outcome, at: number): HalEvent {
  const sourceKey = `command/${commandId}/outcome`;
  switch (outcome.state) {
    case "succeeded":
      return { type: "command.succeeded", at, sourceKey, data: { commandId, output: outcome.output } };
    case "failed":
      return { type: "command.failed", at, sourceKey, data: { commandId, error: outcome.error } };
    case "cancelled":
      return { type: "command.cancelled", at, sourceKey, data: { commandId } };
    default:
      return outcome satisfies never;
  }
}
