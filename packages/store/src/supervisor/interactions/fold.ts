import type { HalEvent } from "@hal/protocol";
import type { InteractionRow } from "./schema.ts";

/** Where a new interaction belongs. */
export interface InteractionContext {
  readonly nodeId: string;
  readonly sessionId: string;
  readonly rootSessionId: string;
  readonly project: string;
}

/**
 * What an interaction is after an event about it. Pure. The first answer stays; one that was
 * told to wait for nobody opens again where its node tells that somebody waits.
 */
export function foldInteraction(
  row: InteractionRow | undefined,
  context: InteractionContext,
  event: HalEvent,
  answeredBy: string,
): InteractionRow | undefined {
  switch (event.type) {
    case "interaction.asked":
      // that nobody waits for an answer is taken back where the node tells that somebody does; an answer stays given
      return row === undefined || row.state === "expired" ? newInteraction(context, event) : row;
    case "interaction.answered":
      if (row?.state !== "open") return row;
      return {
        ...row,
        state: "answered",
        stateReason: `${replyText(row.kind, event.data)} by ${answeredBy}`,
        reply: fits(row.kind, event.data.reply) ? event.data.reply : null,
        answeredBy,
        closedAt: event.at,
      };
    case "interaction.expired":
      if (row?.state !== "open") return row;
      return { ...row, state: "expired", stateReason: event.data.reason, closedAt: event.at };
    default:
      return row;
  }
}

function newInteraction(
  context: InteractionContext,
  event: Extract<HalEvent, { type: "interaction.asked" }>,
): InteractionRow {
  return {
    ...context,
    id: event.data.interactionId,
    kind: event.data.kind,
    state: "open",
    stateReason: "waits for a person",
    reply: null,
    answeredBy: null,
    askedAt: event.data.askedAt,
    closedAt: null,
    data: event.data,
  };
}

/** A permission is allowed or denied, a question answered or denied. */
function fits(kind: InteractionRow["kind"], reply: Answered["reply"]): boolean {
  return reply === "reject" || (reply === "answer") === (kind === "question");
}

type Answered = Extract<HalEvent, { type: "interaction.answered" }>["data"];

function replyText(kind: InteractionRow["kind"], data: Answered): string {
  if (!fits(kind, data.reply)) return "closed, nobody knows how,";
  switch (data.reply) {
    case "once":
      return "allowed once";
    case "always":
      return "allowed always";
    case "reject":
      return "denied";
    case "answer":
      return `answered ${data.answers.flat().join(", ")}`.trim();
    default:
      return data.reply satisfies never;
  }
}
