import { isFinal } from "@hal/protocol";
import {
  awaitedAnswers,
  commandById,
  type ArrivalRow,
  dropAnswer,
  type EventRow,
  listEvents,
  listMessages,
  type MessageRow,
  newestOfChain,
  promptById,
  recordAnswer,
  type SessionRow,
} from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import { type Rest, type SaidMessage, sessionAnswer } from "./domain/session-answer.ts";

/** Events behind which a session may have answered. */
export const RESTS = ["session.idle", "session.error", "session.ended"] as const;

/** As its row says it then. */
const AT_REST: ReadonlySet<string> = new Set(["idle", "error", "ended"]);

/** So many of the newest messages are looked through for an answer. */
const RECENT = 100;

export interface FollowContext extends Pick<Kernel, "store" | "clock"> {
  readonly answers: { wake(): void };
}

/** Keeps what a session answered to what it was told of, once it rests behind that. */
export async function followSessions(context: FollowContext, event: EventRow): Promise<void> {
  const { nodeId, sessionId } = event;
  const rest = restOf(event);
  if (nodeId === null || sessionId === null || rest === undefined) return;
  for (const arrival of awaitedAnswers(context.store, nodeId)) {
    const living = await livingOf(context, arrival);
    if (living?.id === sessionId) await keepAnswer(context, arrival, { living, rest, isPromptSeen: false });
  }
}

/** The same for those whose session rested before anybody knew that it is theirs, or that its prompt arrived. */
export async function followRested(context: FollowContext): Promise<void> {
  const { store } = context;
  for (const arrival of awaitedAnswers(store)) {
    const living = await livingOf(context, arrival);
    if (living === undefined || !AT_REST.has(living.status)) continue;
    const newest = await listEvents(store, { sessionId: living.id, limit: RECENT });
    const event = newest.find(({ nodeId, type }) => nodeId === living.nodeId && RESTS.some((one) => one === type));
    const rest = event === undefined ? undefined : restOf(event);
    if (rest !== undefined) await keepAnswer(context, arrival, { living, rest, isPromptSeen: true });
  }
}

/** Undefined of one in whose place another one is, which answers. */
function restOf({ id, type, content }: EventRow): Rest | undefined {
  const { continuedBy, message } = (content ?? {}) as { readonly continuedBy?: unknown; readonly message?: unknown };
  if (continuedBy !== undefined) return undefined;
  const problem = type === "session.error" && typeof message === "string" ? message : "";
  return { eventId: id, type: type as Rest["type"], problem };
}

/** The session that an arrival has, or the one that goes on from it. */
async function livingOf({ store }: FollowContext, { nodeId, sessionId }: ArrivalRow): Promise<SessionRow | undefined> {
  return nodeId === null || sessionId === null ? undefined : newestOfChain(store, { nodeId, id: sessionId });
}

interface Rested {
  readonly living: SessionRow;
  readonly rest: Rest;
  /** it counts only behind a prompt that the log has */
  readonly isPromptSeen: boolean;
}

async function keepAnswer(
  context: FollowContext,
  arrival: ArrivalRow,
  { living, rest, isPromptSeen }: Rested,
): Promise<void> {
  const { store, clock } = context;
  const asked = await messageOf(context, arrival);
  if (asked.kind === "waits") return;
  if (asked.kind === "gone") {
    await dropAnswer(store, arrival.id, asked.reason);
    return;
  }
  const message = living.id === arrival.sessionId ? asked.id : undefined;
  const messages = await listMessages(store, living.nodeId, living.id, RECENT);
  const prompt = messages.find(({ id }) => id === message);
  if (prompt === undefined ? isPromptSeen : prompt.eventId > rest.eventId) return;
  const answer = sessionAnswer(messages.map(saidOf), rest, message);
  if (answer !== undefined && (await recordAnswer(store, arrival.id, { ...answer, now: clock.now() })))
    context.answers.wake();
}

type Asked =
  | { readonly kind: "given"; readonly id: string | undefined }
  | { readonly kind: "waits" }
  | { readonly kind: "gone"; readonly reason: string };

/** The message that the prompt of an arrival became, where it did already. */
async function messageOf({ store }: FollowContext, { promptId, commandId }: ArrivalRow): Promise<Asked> {
  const prompt = promptId === null ? undefined : await promptById(store, promptId);
  if (prompt?.state === "pending") return { kind: "waits" };
  if (prompt !== undefined && prompt.state !== "sent")
    return { kind: "gone", reason: `its prompt was ${prompt.state}: ${prompt.reason ?? "nobody said why"}` };
  const id = prompt === undefined ? commandId : prompt.commandId;
  const command = id === null ? undefined : await commandById(store, id);
  if (command === undefined) return { kind: "given", id: undefined };
  if (!isFinal(command.state)) return { kind: "waits" };
  if (command.state !== "succeeded")
    return { kind: "gone", reason: `its prompt did not arrive: it was ${command.state}` };
  const { messageId } = (command.output ?? {}) as { readonly messageId?: string };
  return { kind: "given", id: messageId };
}

function saidOf({ eventId, role, data }: MessageRow): SaidMessage {
  const { parentId, text, error } = data as {
    readonly parentId?: string;
    readonly text: string;
    readonly error?: { readonly name: string; readonly message: string };
  };
  return { eventId, role, parentId, text, error: error === undefined ? undefined : `${error.name}: ${error.message}` };
}
