import { and, eq, inArray, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { rowStatements } from "../row-statements.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { type CommandRow, type PromptUnderWayRow, promptsUnderWay } from "./schema.ts";

export const underWayStatements = rowStatements<PromptUnderWayRow>(promptsUnderWay, [promptsUnderWay.commandId]);

/** Follows a command until a turn was seen to begin with it, if one is to begin. */
export function followPrompt(db: WriterDatabase, { id, type, nodeId, sessionId, args, createdAt }: CommandRow): void {
  const isPrompt = type === "session.prompt" || (type === "session.start" && hasPrompt(args));
  if (!isPrompt) return;
  underWayStatements(db).write({ commandId: id, nodeId, sessionId, askedAt: createdAt, state: "coming", reason: null });
}

function hasPrompt(args: unknown): boolean {
  return typeof (args as { readonly prompt?: unknown } | null)?.prompt === "string";
}

/** A command ended without a prompt that could begin a turn. */
export function forgetPrompts(db: WriterDatabase, ids: readonly string[]): void {
  if (ids.length > 0)
    db.orm
      .delete(promptsUnderWay)
      .where(inArray(promptsUnderWay.commandId, [...ids]))
      .run();
}

/** The session of a command is known now, and whether a turn was seen to begin in it. */
export function settlePrompt(
  db: WriterDatabase,
  { id, sessionId, hasBegun }: { readonly id: string; readonly sessionId: string; readonly hasBegun: boolean },
): void {
  const row = underWayStatements(db).read([id]);
  if (row === undefined) return;
  if (hasBegun) begun(db, row);
  else underWayStatements(db).write({ ...row, sessionId });
}

const ofSession = prepared(({ orm }: WriterDatabase) =>
  orm
    .select()
    .from(promptsUnderWay)
    .where(
      and(
        eq(promptsUnderWay.nodeId, sql.placeholder("nodeId")),
        eq(promptsUnderWay.sessionId, sql.placeholder("sessionId")),
      ),
    )
    .prepare(),
);

/** A turn was seen in a session: whatever was to begin there has begun, or will be answered with it. */
export function promptsBegan(db: WriterDatabase, nodeId: string, sessionId: string): void {
  for (const row of ofSession(db).all({ nodeId, sessionId })) begun(db, row);
}

/** One that was said to be stalled stays until that is taken back. */
function begun(db: WriterDatabase, row: PromptUnderWayRow): void {
  if (row.state === "stalled") underWayStatements(db).write({ ...row, state: "begun" });
  else if (row.state === "coming") forgetPrompts(db, [row.commandId]);
}
