import type { ErrorBody } from "@hal/protocol";
import { and, count, eq, inArray, isNull, ne, type SQL } from "drizzle-orm";
import { budgetStops, leaseAccounts } from "../budgets/schema.ts";
import { commands } from "../commands/schema.ts";
import { tellCommands } from "../commands/tell-commands.ts";
import { sessionHealth } from "../health/schema.ts";
import { holds } from "../holds/schema.ts";
import { holdIdOn } from "../holds/writes.ts";
import { inboxNotes } from "../inbox/schema.ts";
import { interactions } from "../interactions/schema.ts";
import { appendOwnEvents } from "../log/writes.ts";
import { nodes } from "../nodes/schema.ts";
import { policySessions } from "../policies/schema.ts";
import { completedSessions } from "../projects/schema.ts";
import { promptStatements } from "../prompts/rows.ts";
import { prompts } from "../prompts/schema.ts";
import { tellPrompt } from "../prompts/tell-prompts.ts";
import { messages, sessions, UNTOLD } from "../sessions/schema.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";

/** What became of a node's things when it was taken away. */
export interface NodeRemoved {
  /** how many sessions went, or moved */
  readonly sessions: number;
  readonly commands: number;
}

/**
 * Takes a node away. What it owed an outcome for ends; its sessions, with what belongs to them, go, or move to the node that has taken
 * its place, where that has not told of them itself. Events stay, what was spent is spent, and its cursors say what was committed of its outbox.
 * Undefined where there is no such node.
 */
export const removeNode = write(
  "removeNode",
  (
    db: WriterDatabase,
    { nodeId, heirId }: { readonly nodeId: string; readonly heirId?: string | undefined },
    now: number,
  ): NodeRemoved | undefined => {
    const [node] = db.orm.delete(nodes).where(eq(nodes.id, nodeId)).returning().all();
    if (node === undefined) return undefined;
    const ended = endCommands(db, { nodeId, heirId }, now);
    const [moved] = db.orm.select({ n: count() }).from(sessions).where(eq(sessions.nodeId, nodeId)).all();
    // what it may have spent and nobody heard of is given up with it
    db.orm.delete(leaseAccounts).where(eq(leaseAccounts.nodeId, nodeId)).run();
    db.orm.delete(budgetStops).where(eq(budgetStops.nodeId, nodeId)).run();
    if (heirId === undefined) refuseWaiting(db, nodeId, now);
    if (heirId === undefined) forget(db, nodeId);
    else move(db, { nodeId, heirId }, now);
    const event = {
      type: "node.removed" as const,
      at: now,
      sourceKey: `removed/${now}`,
      data: { hostname: node.hostname, ...(heirId === undefined ? {} : { replacedBy: heirId }) },
    };
    appendOwnEvents.within(db, [{ nodeId, event }], now);
    return { sessions: moved?.n ?? 0, commands: ended };
  },
);

interface Inheritance {
  readonly nodeId: string;
  readonly heirId: string;
}

/** What was sent may have been done; what was not is the heir's to do, or nobody's. */
function endCommands(
  db: WriterDatabase,
  { nodeId, heirId }: { readonly nodeId: string; readonly heirId?: string | undefined },
  now: number,
): number {
  const isOpen = and(eq(commands.nodeId, nodeId), isNull(commands.finishedAt));
  const why =
    heirId === undefined ? "its node was removed" : "its agent lost its identity, and another one took its place";
  const error: ErrorBody = {
    code: "agent_state_lost",
    message: `${why}; look at the session to see whether it was done`,
  };
  const lost = db.orm
    .update(commands)
    .set({ state: "failed", finishedAt: now, error })
    .where(and(isOpen, inArray(commands.state, ["sent", "running"])))
    .returning()
    .all();
  tellCommands(db, lost, "failed", now);
  if (heirId !== undefined) {
    db.orm.update(commands).set({ nodeId: heirId }).where(isOpen).run();
    return lost.length;
  }
  const cancelled = db.orm
    .update(commands)
    .set({
      state: "cancelled",
      finishedAt: now,
      error: { code: "cancelled", message: "cancelled before it began: its node was removed" },
    })
    .where(isOpen)
    .returning()
    .all();
  tellCommands(db, cancelled, "cancelled", now);
  return lost.length + cancelled.length;
}

/** What waited for its sessions is sent to nobody. */
function refuseWaiting(db: WriterDatabase, nodeId: string, now: number): void {
  const waiting = db.orm
    .select()
    .from(prompts)
    .where(and(eq(prompts.nodeId, nodeId), eq(prompts.state, "pending")))
    .all();
  const reason = "its node was removed before it was sent";
  for (const prompt of waiting) {
    promptStatements(db).write({ ...prompt, state: "refused", reason, changedAt: now });
    tellPrompt(db, prompt, { type: "prompt.refused", data: { promptId: prompt.id, reason } }, now);
  }
}

function move(db: WriterDatabase, { nodeId, heirId }: Inheritance, now: number): void {
  // what is asked still the heir tells itself
  db.orm
    .delete(interactions)
    .where(and(eq(interactions.nodeId, nodeId), eq(interactions.state, "open")))
    .run();
  db.orm
    .update(sessions)
    .set({
      status: "idle",
      statusReason: UNTOLD,
      turn: "untold",
      statusSince: now,
    })
    .where(and(eq(sessions.nodeId, nodeId), ne(sessions.status, "ended")))
    .run();
  // how they get on nobody knows either
  db.orm.delete(sessionHealth).where(eq(sessionHealth.nodeId, nodeId)).run();
  for (const table of [
    "sessions",
    "messages",
    "interactions",
    "prompts",
    "policy_sessions",
    "completed_sessions",
    "project_tasks",
    "inbox_notes",
    "occasions",
  ]) {
    db.sqlite.driver.prepare(`update or ignore ${table} set node_id = ? where node_id = ?`).run(heirId, nodeId);
  }
  moveHolds(db, { nodeId, heirId });
  // what the heir told of itself stands
  forget(db, nodeId);
}

/** What held the node holds its heir; what the heir took over when it came it has already, be it released since or not. */
function moveHolds(db: WriterDatabase, { nodeId, heirId }: Inheritance): void {
  for (const hold of db.orm.select().from(holds).where(standsOn(nodeId)).all()) {
    const id = holdIdOn(hold.id, heirId);
    db.orm
      .insert(holds)
      .values({ ...hold, id, nodeId: heirId })
      .onConflictDoNothing()
      .run();
  }
}

function forget(db: WriterDatabase, nodeId: string): void {
  for (const table of [interactions, messages, sessionHealth, policySessions, completedSessions, inboxNotes, sessions])
    db.orm.delete(table).where(eq(table.nodeId, nodeId)).run();
  // its agent may come back with them, and brings back what stood; what was released stays released
  db.orm.delete(holds).where(standsOn(nodeId)).run();
}

function standsOn(nodeId: string): SQL | undefined {
  return and(eq(holds.nodeId, nodeId), isNull(holds.releasedAt));
}
