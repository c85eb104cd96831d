import { messageMadeAt, type SessionRow } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { Undo } from "./domain/undone.ts";

/** From where on a session's conversation is undone; undefined where it is not. */
export async function undoOf({ store }: Context, session: SessionRow): Promise<Undo | undefined> {
  const { nodeId, id: sessionId, undoneFrom: messageId, undonePart } = session;
  if (messageId === null) return undefined;
  const madeAt = await messageMadeAt(store, { nodeId, sessionId, id: messageId });
  return { messageId, madeAt, isInPart: undonePart !== null };
}
