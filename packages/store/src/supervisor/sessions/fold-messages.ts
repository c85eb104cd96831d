import { NO_TOKENS, totalTokens } from "@hal/protocol";
import { foldOf } from "../fold.ts";
import { messageRows } from "./rows.ts";

/** A message that is told again takes the place of what was told of it before. */
export const messagesFold = foldOf({
  name: "messages",
  events: ["session.message"],
  fold(tx, { eventId, event }) {
    const { session, data } = event;
    if (session === undefined) return;
    tx.of(messageRows).put({
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
    });
  },
});
