import { type HalEvent, NO_TOKENS, totalTokens } from "@hal/protocol";
import { and, eq } from "drizzle-orm";
import { commandOf, foldCommand } from "./fold-command.ts";
import { foldInteraction } from "./fold-interaction.ts";
import { foldSession } from "./fold-session.ts";
import type { Orm } from "./open.ts";
import { commands, interactions, messages, sessions } from "./schema.ts";

/** An event that was just appended. */
export interface Applied {
  readonly eventId: number;
  readonly nodeId: string;
  readonly event: HalEvent;
}

/** Brings sessions, messages, interactions and commands up to an event. Runs inside the ingest transaction. */
export function applyEvent(orm: Orm, applied: Applied): void {
  applyToCommand(orm, applied);
  const { session } = applied.event;
  if (session === undefined) return;
  applyToSession(orm, applied, session);
  applyToMessage(orm, applied, session);
  applyToInteraction(orm, applied, session);
}

function applyToSession(orm: Orm, { nodeId, event }: Applied, sessionId: string): void {
  const where = and(eq(sessions.nodeId, nodeId), eq(sessions.id, sessionId));
  const before = orm.select().from(sessions).where(where).get();
  const after = foldSession(before, { nodeId, sessionId, project: event.project ?? "" }, event);
  if (after === undefined || after === before) return;
  if (before === undefined) orm.insert(sessions).values(after).run();
  else orm.update(sessions).set(after).where(where).run();
}

function applyToMessage(orm: Orm, { eventId, nodeId, event }: Applied, sessionId: string): void {
  if (event.type !== "session.message") return;
  const { data } = event;
  const row = {
    nodeId,
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
  };
  orm
    .insert(messages)
    .values(row)
    .onConflictDoUpdate({ target: [messages.nodeId, messages.sessionId, messages.id], set: row })
    .run();
}

function applyToInteraction(orm: Orm, { nodeId, event }: Applied, sessionId: string): void {
  if (event.type === "session.ended") {
    orm
      .update(interactions)
      .set({ state: "expired", stateReason: `its session was ${event.data.reason}`, closedAt: event.at })
      .where(
        and(eq(interactions.nodeId, nodeId), eq(interactions.sessionId, sessionId), eq(interactions.state, "open")),
      )
      .run();
    return;
  }
  if (
    event.type !== "interaction.asked" &&
    event.type !== "interaction.answered" &&
    event.type !== "interaction.expired"
  )
    return;
  const where = and(eq(interactions.nodeId, nodeId), eq(interactions.id, event.data.interactionId));
  const before = orm.select().from(interactions).where(where).get();
  const context = {
    nodeId,
    sessionId,
    rootSessionId: before?.rootSessionId ?? rootOf(orm, nodeId, sessionId),
    project: event.project ?? "",
  };
  const after = foldInteraction(before, context, event, answererOf(orm, event));
  if (after === undefined || after === before) return;
  if (before === undefined) orm.insert(interactions).values(after).run();
  else orm.update(interactions).set(after).where(where).run();
}

function answererOf(orm: Orm, event: HalEvent): string {
  if (event.type !== "interaction.answered" || event.data.commandId === undefined) return "opencode";
  const command = orm
    .select({ actor: commands.actor })
    .from(commands)
    .where(eq(commands.id, event.data.commandId))
    .get();
  return command?.actor ?? "opencode";
}

function applyToCommand(orm: Orm, { nodeId, event }: Applied): void {
  const id = commandOf(event);
  if (id === undefined) return;
  const before = orm.select().from(commands).where(eq(commands.id, id)).get();
  if (before === undefined) return;
  const after = foldCommand(before, nodeId, event);
  if (after !== before) orm.update(commands).set(after).where(eq(commands.id, id)).run();
}

/** The session at the top of a session's tree; a parent that is not known ends the climb. */
export function rootOf(orm: Orm, nodeId: string, sessionId: string): string {
  let root = sessionId;
  for (let depth = 0; depth < 32; depth += 1) {
    const row = orm
      .select({ parentId: sessions.parentId })
      .from(sessions)
      .where(and(eq(sessions.nodeId, nodeId), eq(sessions.id, root)))
      .get();
    if (row?.parentId == null) return root;
    root = row.parentId;
  }
  return root;
}
