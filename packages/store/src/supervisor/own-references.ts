import type { HalEvent } from "@hal/protocol";
import { commandOf } from "./commands/fold.ts";
import type { FoldBatch } from "./fold-batch.ts";

/** How high a tree of sessions may be, for whoever climbs it. */
export const TREE_HEIGHT = 32;

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
export function ownFact(batch: FoldBatch, event: HalEvent): OwnFact {
  const { session } = event;
  switch (event.type) {
    case "command.running":
    case "command.succeeded":
    case "command.failed":
    case "command.cancelled":
      return isForeignCommand(batch, commandOf(event))
        ? { kind: "foreign", reference: "commandId", problem: "it names a command of another node" }
        : fact(event);
    case "interaction.asked":
    case "interaction.expired":
      return isForeignInteraction(batch, event.data.interactionId, session) ? FOREIGN_INTERACTION : fact(event);
    case "interaction.answered": {
      const { commandId, ...data } = event.data;
      if (isForeignInteraction(batch, data.interactionId, session)) return FOREIGN_INTERACTION;
      return commandId === undefined || carriesAnswer(batch, commandId, data.interactionId)
        ? fact(event)
        : { kind: "fact", event: { ...event, data }, refused: ["commandId"] };
    }
    case "session.started":
    case "session.updated": {
      const { parentId, ...data } = event.data;
      return parentId === undefined || session === undefined || !isBelow(batch, parentId, session)
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

function isForeignCommand(batch: FoldBatch, id: string | undefined): boolean {
  const row = id === undefined ? undefined : batch.command(id);
  return row !== undefined && row.nodeId !== batch.nodeId;
}

function isForeignInteraction(batch: FoldBatch, id: string, session: string | undefined): boolean {
  const row = batch.interaction(id);
  return row !== undefined && session !== undefined && row.sessionId !== session;
}

/** Whether a command brought the answer to that interaction, as far as it is known. */
function carriesAnswer(batch: FoldBatch, commandId: string, interactionId: string): boolean {
  const row = batch.command(commandId);
  if (row === undefined) return true;
  const args = row.args as { readonly interactionId?: unknown };
  return row.nodeId === batch.nodeId && row.type === "interaction.answer" && args.interactionId === interactionId;
}

/** Whether a session is another one, or below it: as its parent it would make a ring. */
function isBelow(batch: FoldBatch, sessionId: string, other: string): boolean {
  let at: string | null | undefined = sessionId;
  for (let height = 0; at != null && height < TREE_HEIGHT; height += 1) {
    if (at === other) return true;
    at = batch.session(at)?.parentId;
  }
  return false;
}
