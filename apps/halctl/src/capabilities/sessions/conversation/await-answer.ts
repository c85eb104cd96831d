import { setTimeout as delay } from "node:timers/promises";
import { type EventData, HalError, type EventView, type MessageView, type SessionView } from "@hal/protocol";
import { answerSteps, span } from "@hal/words";
import { note } from "../../../output/print.ts";
import { said } from "../../../output/said.ts";
import type { Session } from "../../../session.ts";
import { followEvents } from "../../../live/follow-events.ts";

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
  prompt: Prompt & { readonly cursor: string },
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Answer> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  const over = new AbortController();
  const signal = AbortSignal.any([limits.signal, timeout, over.signal]);
  const filter = { session_id: prompt.sessionId, after: prompt.cursor };
  const endsTurn = turnOf(prompt.messageId);
  try {
    // a repeated idempotency key names a turn that may be over before this began
    const earlier = await readTurn(session, prompt);
    if (earlier.messages.length > 0 && RESTING.has(earlier.session.status)) return await readAnswer(session, prompt);
    const shown = new Set<string>();
    // the prompt waits its turn behind what was asked before it
    if (earlier.session.status === "waiting") await showOpenQuestions(session, prompt.sessionId, shown);
    for await (const event of followEvents(session, filter, signal)) {
      if (event.type === "interaction.asked") showQuestion(session, event.data as Asked, shown);
      if (endsTurn(event)) return await readAnswer(session, prompt);
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

const RESTING: ReadonlySet<SessionView["status"]> = new Set(["idle", "error", "ended"]);

/**
 * Tells which event ends the turn of a prompt: what comes before its message belongs to the turn before. Prompts
 * that queued up are answered together, under the last of them; opencode's ids ascend.
 */
function turnOf(messageId: string): (event: EventView) => boolean {
  let heard = false;
  let working = false;
  return ({ type, data }) => {
    const message = data as { readonly messageId?: string; readonly parentId?: string };
    if (type === "session.message" && (message.messageId === messageId || message.parentId === messageId)) heard = true;
    if (type === "session.message" && (message.parentId ?? "") >= messageId) heard = working = true;
    if (type === "session.busy" && heard) working = true;
    return (type === "session.idle" && working) || (type === "session.error" && heard) || type === "session.ended";
  };
}

export type Asked = EventData<"interaction.asked">;

/** Shows what waits for a person in a session, with how to answer. */
export async function showOpenQuestions(session: Session, sessionId: string, shown: Set<string>): Promise<void> {
  const { output } = await session.client.call("interactions.list", { session: sessionId });
  for (const { id, kind, summary } of output) showQuestion(session, { interactionId: id, kind, summary }, shown);
}

/** Shows a question with how to answer it, once. */
export function showQuestion(
  session: Session,
  { interactionId: id, kind, summary }: Pick<Asked, "interactionId" | "kind" | "summary">,
  shown: Set<string>,
): void {
  if (shown.has(id)) return;
  shown.add(id);
  const how = answerSteps({ id, kind }).map(({ command }) => command);
  note(session, said`waits for a person: ${summary}\n  ${how.join("   or   ")}`);
}

/** opencode tells a session's sums a moment after its turn is over. */
const SUMS_MS = [50, 100, 200, 400, 800] as const;

interface Prompt {
  /** how its session is named where that has to be said */
  readonly ref?: string | undefined;
  readonly sessionId: string;
  readonly messageId: string;
}

async function readAnswer(session: Session, prompt: Prompt): Promise<Answer> {
  let answer = await readTurn(session, prompt);
  for (const ms of SUMS_MS) {
    if (answer.isCounted) break;
    await delay(ms);
    answer = await readTurn(session, prompt);
  }
  return { session: answer.session, messages: answer.messages };
}

async function readTurn(
  { client }: Session,
  { sessionId, messageId, ref = sessionId }: Prompt,
): Promise<Answer & { readonly isCounted: boolean }> {
  const { output: messages } = await client.call("sessions.messages", { ref, limit: 1000 });
  const { output: session } = await client.call("sessions.get", { ref });
  const counted = messages.reduce((sum, { tokens }) => sum + tokens, 0);
  const own = messages.filter(({ parent_id: parent }) => parent === messageId);
  const answers = own.length > 0 ? own : messages.filter(({ parent_id: parent }) => (parent ?? "") > messageId);
  return { session, messages: answers, isCounted: session.tokens >= counted };
}
