import type { MessageView } from "@hal/protocol";

/** What is kept of a message. */
interface KeptMessage {
  readonly id: string;
  readonly createdAt: number;
  /** how much of it opencode took out of the conversation for good */
  readonly removed: "whole" | "part" | null;
}

/** From where on somebody undid a conversation. */
export interface Undo {
  readonly messageId: string;
  /** when that message was made; undefined where it is not known */
  readonly madeAt: number | undefined;
  /** whether a beginning of that message still counts */
  readonly isInPart: boolean;
}

/** How much of a message does not count any more. What is removed stays so, whatever is undone or brought back. Pure. */
export function undoneOf(message: KeptMessage, undo: Undo | undefined): NonNullable<MessageView["undone"]> | null {
  if (message.removed === "whole") return { extent: "whole", removed: true };
  if (undo !== undefined && undo.messageId === message.id && !undo.isInPart) return { extent: "whole", removed: false };
  if (undo !== undefined && follows(message, undo)) return { extent: "whole", removed: false };
  if (message.removed === "part") return { extent: "part", removed: true };
  return undo?.messageId === message.id ? { extent: "part", removed: false } : null;
}

/** opencode's order: by the time, then by the id; the ids that it gives out ascend, too. */
function follows({ id, createdAt }: KeptMessage, { messageId, madeAt }: Undo): boolean {
  return madeAt === undefined || madeAt === createdAt ? id > messageId : createdAt > madeAt;
}
