import type { HalEvent } from "@hal/protocol";
import { commandRows } from "../commands/rows.ts";
import { interactionRows } from "../interactions/rows.ts";
import { sessionRows, TREE_HEIGHT } from "../sessions/rows.ts";
import type { Tx } from "../tx.ts";

/** An event as far as its node may say it. */
export type OwnFact =
  /** `refused` names the references that were taken out of it */
  | { readonly kind: "fact"; readonly event: HalEvent; readonly refused: readonly Reference[] }
  /** it is about something that is not its node's at all */
  | { readonly kind: "foreign"; readonly reference: Reference; readonly problem: string };

/** What an event may name that is somebody's. */
export type Reference = "commandId" | "interactionId" | "parentId";

/**
 * The one door by which an event names something: a node speaks of its own commands, interactions and sessions alone. What is not
 * known at all may be the node's all the same, as after a restore, and says nothing of anybody else's.
 */
export function ownFact(tx: Tx, event: HalEvent): OwnFact {
  const { session } = event;
  switch (event.type) {
    case "command.running":
    case "command.succeeded":
    case "command.failed":
    case "command.cancelled":
    case "command.corrected":
      return isForeignCommand(tx, event.data.commandId)
        ? { kind: "foreign", reference: "commandId", problem: "it names a command of another node" }
        : fact(event);
    case "interaction.asked":
    case "interaction.expired":
      return isForeignInteraction(tx, event.data.interactionId, session) ? FOREIGN_INTERACTION : fact(event);
    case "interaction.answered": {
      const { commandId, ...data } = event.data;
      if (isForeignInteraction(tx, data.interactionId, session)) return FOREIGN_INTERACTION;
      return commandId === undefined || carriesAnswer(tx, commandId, data.interactionId)
        ? fact(event)
        : { kind: "fact", event: { ...event, data }, refused: ["commandId"] };
    }
    case "session.started":
    case "session.updated": {
      const { parentId, ...data } = event.data;
      return parentId === undefined || session === undefined || !isBelow(tx, parentId, session)
        ? fact(event)
        : { kind: "fact", event: { ...event, data }, refused: ["parentId"] };
    }
    default:
      return fact(event);
  }
}

function fact(event: HalEvent): OwnFact {
  return { kind: "fact", event, refused: [] };
}

const FOREIGN_INTERACTION: OwnFact = {
  kind: "foreign",
  reference: "interactionId",
  problem: "it names an interaction of another session",
};

function isForeignCommand(tx: Tx, id: string): boolean {
  const row = tx.of(commandRows).get(id);
  return row !== undefined && row.nodeId !== tx.nodeId;
}

function isForeignInteraction(tx: Tx, id: string, session: string | undefined): boolean {
  const row = tx.of(interactionRows).get(tx.nodeId, id);
  return row !== undefined && session !== undefined && row.sessionId !== session;
}

/** Whether a command brought the answer to that interaction, as far as it is known. */
function carriesAnswer(tx: Tx, commandId: string, interactionId: string): boolean {
  const row = tx.of(commandRows).get(commandId);
  if (row === undefined) return true;
  const args = row.args as { readonly interactionId?: unknown };
  return row.nodeId === tx.nodeId && row.type === "interaction.answer" && args.interactionId === interactionId;
}

/** Whether a session is another one, or below it: as its parent it would make a ring. */
function isBelow(tx: Tx, sessionId: string, other: string): boolean {
  let at: string | null | undefined = sessionId;
  for (let height = 0; at != null && height < TREE_HEIGHT; height += 1) {
    if (at === other) return true;
    at = tx.of(sessionRows).get(tx.nodeId, at)?.parentId;
  }
  return false;
}
