import { type HalEvent, isFinal, NO_TOKENS, totalTokens } from "@hal/protocol";
import { and, eq } from "drizzle-orm";
import { commandOf, foldCommand } from "./commands/fold.ts";
import type { FoldBatch } from "./fold-batch.ts";
import { foldInteraction } from "./interactions/fold.ts";
import { interactions } from "./interactions/schema.ts";
import { nodes } from "./nodes/schema.ts";
import { TREE_HEIGHT } from "./own-references.ts";
import { foldSession } from "./sessions/fold.ts";
import type { WriterDatabase } from "./writer-database.ts";

/** An event that was just appended. */
export interface Applied {
  readonly eventId: number;
  readonly event: HalEvent;
}

/** A command that reached its outcome. */
export interface FinishedCommand {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly createdAt: number;
}

/** Brings sessions, messages, interactions, commands and projects up to an event, and returns the command that it ended. */
export function applyEvent(db: WriterDatabase, batch: FoldBatch, applied: Applied): FinishedCommand | undefined {
  const { event } = applied;
  if (event.type === "projects.changed")
    db.orm.update(nodes).set({ projects: event.data.projects }).where(eq(nodes.id, batch.nodeId)).run();
  const { session } = event;
  if (session !== undefined) {
    applyToSession(batch, event, session);
    applyToMessage(batch, applied, session);
    applyToInteraction(db, batch, event, session);
  }
  return applyToCommand(batch, event);
}

function applyToSession(batch: FoldBatch, event: HalEvent, sessionId: string): void {
  const before = batch.session(sessionId);
  const after = foldSession(before, { nodeId: batch.nodeId, sessionId, project: event.project ?? "" }, event);
  if (after !== undefined && after !== before) batch.putSession(after);
}

function applyToMessage(batch: FoldBatch, { eventId, event }: Applied, sessionId: string): void {
  if (event.type !== "session.message") return;
  const { data } = event;
  batch.putMessage({
    nodeId: batch.nodeId,
    sessionId,
    id: data.messageId,
    eventId,
    role: data.role,
    state: data.state,
    createdAt: data.createdAt,
    costMicroUsd: data.costMicroUsd,
    tokensTotal: totalTokens(data.tokens ?? NO_TOKENS),
    copied: data.copied,
    data,
  });
}

function applyToInteraction(db: WriterDatabase, batch: FoldBatch, event: HalEvent, sessionId: string): void {
  switch (event.type) {
    case "session.idle":
      // nobody waits for an answer any more, whoever should have told it
      if (batch.hasOpenInteraction(sessionId))
        expireOpen(db, batch, sessionId, { reason: "its turn is over", at: event.at });
      break;
    case "session.ended":
      expireOpen(db, batch, sessionId, { reason: `its session was ${event.data.reason}`, at: event.at });
      break;
    case "interaction.asked":
    case "interaction.answered":
    case "interaction.expired": {
      const before = batch.interaction(event.data.interactionId);
      const context = {
        nodeId: batch.nodeId,
        sessionId,
        rootSessionId: before?.rootSessionId ?? rootOf(batch, sessionId),
        project: event.project ?? "",
      };
      const after = foldInteraction(before, context, event, answererOf(batch, event));
      if (after !== undefined && after !== before) batch.putInteraction(after);
      break;
    }
    default:
      break;
  }
}

function expireOpen(
  db: WriterDatabase,
  batch: FoldBatch,
  sessionId: string,
  { reason, at }: { readonly reason: string; readonly at: number },
): void {
  const isOpen = and(
    eq(interactions.nodeId, batch.nodeId),
    eq(interactions.sessionId, sessionId),
    eq(interactions.state, "open"),
  );
  batch.flush();
  db.orm.update(interactions).set({ state: "expired", stateReason: reason, closedAt: at }).where(isOpen).run();
  batch.forgetInteractions();
}

function answererOf(batch: FoldBatch, event: HalEvent): string {
  if (event.type !== "interaction.answered" || event.data.commandId === undefined) return "opencode";
  return batch.command(event.data.commandId)?.actor ?? "somebody whose command is not known here";
}

function applyToCommand(batch: FoldBatch, event: HalEvent): FinishedCommand | undefined {
  const id = commandOf(event);
  const before = id === undefined ? undefined : batch.command(id);
  if (before === undefined) return undefined;
  const after = foldCommand(before, batch.nodeId, event);
  if (after === before) return undefined;
  batch.putCommand(after);
  return isFinal(after.state)
    ? { id: after.id, type: after.type, state: after.state, createdAt: after.createdAt }
    : undefined;
}

/** The session at the top of a session's tree; a parent that is not known ends the climb. */
function rootOf(batch: FoldBatch, sessionId: string): string {
  let root = sessionId;
  for (let depth = 0; depth < TREE_HEIGHT; depth += 1) {
    const parentId = batch.session(root)?.parentId;
    if (parentId == null) return root;
    root = parentId;
  }
  return root;
}
