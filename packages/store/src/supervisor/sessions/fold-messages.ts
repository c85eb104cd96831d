import { NO_TOKENS, totalTokens } from "@hal/protocol";
import { foldOf } from "../fold.ts";
import { messageRows } from "./rows.ts";

/** A message that is told again takes the place of what was told of it before; what is removed stays so, and is kept. */
export const messagesFold = foldOf({
  name: "messages",
  events: ["session.message", "message.removed"],
  fold(tx, { eventId, event }) {
    const { session } = event;
    if (session === undefined) return;
    const rows = tx.of(messageRows);
    const before = rows.get(tx.nodeId, session, event.data.messageId);
    if (event.type === "message.removed") {
      const isWhole = event.data.partId === undefined || before?.removed === "whole";
      if (before !== undefined) rows.put({ ...before, removed: isWhole ? "whole" : "part" });
      return;
    }
    const { data } = event;
    rows.put({
      nodeId: tx.nodeId,
      sessionId: session,
      id: data.messageId,
      eventId,
      role: data.role,
      state: data.state,
      createdAt: data.createdAt,
      costMicroUsd: data.costMicroUsd,
      tokensTotal: totalTokens(data.tokens ?? NO_TOKENS),
      copied: data.copied,
      data,
      removed: before?.removed ?? null,
    });
  },
});
