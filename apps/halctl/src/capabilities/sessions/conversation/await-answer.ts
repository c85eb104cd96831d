import { setTimeout as delay } from "node:timers/promises";
import {
  type EventData,
  HalError,
  type EventView,
  type InteractionView,
  isAtRest,
  type MessageView,
  type SessionView,
  type WaitEnd,
} from "@hal/protocol";
import { answerSteps, span } from "@hal/words";
import { note } from "../../../output/print.ts";
import { said } from "../../../output/said.ts";
import type { Session } from "../../../session.ts";
import { followEvents, untilReached } from "../../../live/follow-events.ts";

/** What came of a prompt. */
export interface Answer {
  readonly session: SessionView;
  /** what the assistant said to it, oldest first */
  readonly messages: readonly MessageView[];
  readonly settled: WaitEnd;
  /** what waits for a person */
  readonly interaction: InteractionView | null;
}

/**
 * Waits until the turn of a prompt is over: its answers are final and the session rests; or until it, or a session below it, asks a
 * person something that whoever waits did not mean to wait through, which is shown with how to answer it.
 */
export async function awaitAnswer(
  session: Session,
  prompt: Asking,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Answer> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  const over = new AbortController();
  const signal = AbortSignal.any([limits.signal, timeout, over.signal]);
  try {
    // a repeated idempotency key names a turn that may be over before this began
    const earlier = await readTurn(session, prompt);
    if (earlier.messages.length > 0 && isAtRest(earlier.session.status)) return await readAnswer(session, prompt);
    const ended = await Promise.race([
      turnOver(session, prompt, signal),
      unlessLeft(askedOf(session, prompt, signal), signal),
    ]);
    if (ended === "over") return await readAnswer(session, prompt);
    if (ended !== undefined) {
      const { session: now, messages } = await readTurn(session, prompt);
      return { session: now, messages, settled: ended.kind, interaction: ended };
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

type Asking = Prompt & { readonly cursor: string; readonly nodeId?: string; readonly end?: WaitEnd | undefined };

/** Until the turn is over; undefined where the signal came first. */
async function turnOver(session: Session, prompt: Asking, signal: AbortSignal): Promise<"over" | undefined> {
  const filter = { session_id: prompt.sessionId, after: prompt.cursor };
  const endsTurn = turnOf(prompt.messageId);
  for await (const event of followEvents(session, filter, signal)) if (endsTurn(event)) return "over";
  return undefined;
}

/** What fails because nobody waits for it any more says nothing. */
async function unlessLeft<T>(asking: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** Until somebody is asked what ends the wait; whatever else is asked is shown, once. */
async function askedOf(session: Session, prompt: Asking, signal: AbortSignal): Promise<InteractionView | undefined> {
  const { sessionId, nodeId, cursor, end, ref = sessionId } = prompt;
  const shown = new Set<string>();
  const look = async (): Promise<InteractionView | undefined> => {
    const { output } = await untilReached(session, signal, () =>
      session.client.call("interactions.list", { session: ref }, { signal }),
    );
    for (const { id, kind, summary } of output) showQuestion(session, { interactionId: id, kind, summary }, shown);
    return output.find(({ kind }) => end === undefined || end === kind);
  };
  // the prompt waits its turn behind what was asked before it
  const already = await look();
  if (already !== undefined) return already;
  const filter = { type: "interaction.asked", after: cursor, ...(nodeId === undefined ? {} : { node_id: nodeId }) };
  for await (const _ of followEvents(session, filter, signal)) {
    const asked = await look();
    if (asked !== undefined) return asked;
  }
  return undefined;
}

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
  const hasFailed = answer.session.status === "error" || answer.session.status === "ended";
  return {
    session: answer.session,
    messages: answer.messages,
    settled: hasFailed ? "error" : "idle",
    interaction: null,
  };
}

async function readTurn(
  { client }: Session,
  { sessionId, messageId, ref = sessionId }: Prompt,
): Promise<Pick<Answer, "session" | "messages"> & { readonly isCounted: boolean }> {
  const { output: messages } = await client.call("sessions.messages", { ref, limit: 1000 });
  const { output: session } = await client.call("sessions.get", { ref });
  const counted = messages.reduce((sum, { tokens }) => sum + tokens, 0);
  const own = messages.filter(({ parent_id: parent }) => parent === messageId);
  const answers = own.length > 0 ? own : messages.filter(({ parent_id: parent }) => (parent ?? "") > messageId);
  return { session, messages: answers, isCounted: session.tokens >= counted };
}
