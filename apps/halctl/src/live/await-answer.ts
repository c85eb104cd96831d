import { setTimeout as delay } from "node:timers/promises";
import { HalError, type EventView, type MessageView, type SessionView } from "@hal/protocol";
import { span } from "../output/humanise.ts";
import type { Session } from "../session.ts";
import { followEvents } from "./follow-events.ts";

/** How a prompt ended. */
export interface Answer {
  readonly session: SessionView;
  /** what the assistant said to it, oldest first */
  readonly messages: readonly MessageView[];
}

/**
 * Waits until the turn of a prompt is over: its answers are final and the session rests. A question that
 * waits for a person is shown with how to answer it, and waited for.
 */
export async function awaitAnswer(
  session: Session,
  prompt: { readonly sessionId: string; readonly messageId: string; readonly cursor: string },
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Answer> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  const over = new AbortController();
  const signal = AbortSignal.any([limits.signal, timeout, over.signal]);
  const filter = { session_id: prompt.sessionId, after: prompt.cursor };
  let answered = false;
  try {
    for await (const event of followEvents(session, filter, signal)) {
      if (isAnswerTo(event, prompt.messageId)) answered = true;
      showQuestion(session, event);
      if (endsTurn(event, answered)) return await readAnswer(session, prompt);
    }
  } finally {
    over.abort();
  }
  if (timeout.aborted)
    throw new HalError(
      "timeout",
      `no answer within ${span(limits.timeoutMs)}; the session goes on: halctl sessions logs ${prompt.sessionId} -f`,
    );
  throw new HalError("cancelled", `left it; the session goes on: halctl sessions logs ${prompt.sessionId} -f`);
}

function isAnswerTo({ type, data }: EventView, messageId: string): boolean {
  return type === "session.message" && (data as { parentId?: string }).parentId === messageId;
}

/** Idle before any answer is the end of the turn before. */
function endsTurn({ type }: EventView, answered: boolean): boolean {
  return (type === "session.idle" && answered) || type === "session.error" || type === "session.ended";
}

function showQuestion({ terminal, format }: Session, { type, data }: EventView): void {
  if (type !== "interaction.asked" || format === "json") return;
  const { interactionId, kind, summary } = data as { interactionId: string; kind: string; summary: string };
  const how =
    kind === "permission"
      ? `halctl interactions allow ${interactionId}   or   deny ${interactionId}`
      : `halctl interactions answer ${interactionId} <answer>`;
  terminal.err.write(`waits for a person: ${summary}\n  ${how}\n`);
}

/** opencode tells a session's sums a moment after its turn is over. */
const SUMS_MS = [50, 100, 200, 400, 800] as const;

async function readAnswer(
  { client }: Session,
  { sessionId, messageId }: { readonly sessionId: string; readonly messageId: string },
): Promise<Answer> {
  const read = async () => {
    const { output: messages } = await client.call("sessions.messages", { ref: sessionId, limit: 1000 });
    const { output: session } = await client.call("sessions.get", { ref: sessionId });
    const counted = messages.reduce((sum, { tokens }) => sum + tokens, 0);
    const answers = messages.filter(({ parent_id: parent }) => parent === messageId);
    return { session, messages: answers, complete: session.tokens >= counted };
  };
  for (const ms of SUMS_MS) {
    const answer = await read();
    if (answer.complete) return { session: answer.session, messages: answer.messages };
    await delay(ms);
  }
  const { session, messages } = await read();
  return { session, messages };
}
