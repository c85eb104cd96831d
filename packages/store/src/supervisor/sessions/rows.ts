import { rowStatements } from "../row-statements.ts";
import { rowsOf } from "../rows.ts";
import type { Tx } from "../tx.ts";
import { type MessageRow, messages, type SessionRow, sessions } from "./schema.ts";

/** By node and id. */
export const sessionRows = rowsOf(
  rowStatements<SessionRow>(sessions, [sessions.nodeId, sessions.id], [sessions.parentId]),
  "sessions",
);

/** By node, session and id. */
export const messageRows = rowsOf(
  rowStatements<MessageRow>(messages, [messages.nodeId, messages.sessionId, messages.id]),
  "messages",
);

/** How high a tree of sessions may be, for whoever climbs it. */
export const TREE_HEIGHT = 32;

/** The session at the top of a session's tree; a parent that is not known ends the climb. */
export function rootOf(tx: Tx, sessionId: string): string {
  let root = sessionId;
  for (let depth = 0; depth < TREE_HEIGHT; depth += 1) {
    const parentId = tx.of(sessionRows).get(tx.nodeId, root)?.parentId;
    if (parentId == null) return root;
    root = parentId;
  }
  return root;
}
