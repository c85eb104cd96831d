import { isFinal } from "@hal/protocol";
import {
  awaitedAnswers,
  commandById,
  type ArrivalRow,
  dropAnswer,
  type EventRow,
  listMessages,
  type MessageRow,
  newestOfChain,
  promptById,
  recordAnswer,
} from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import { type Rest, type SaidMessage, sessionAnswer } from "./domain/session-answer.ts";

/** Events behind which a session may have answered. */
export const RESTS = ["session.idle", "session.error", "session.ended"] as const;

/** So many of the newest messages are looked through for an answer. */
const RECENT = 100;

export interface FollowContext extends Pick<Kernel, "store" | "clock"> {
  readonly answers: { wake(): void };
}

/** Keeps what a session answered to what it was told of, once it rests behind that. */
export async function followSessions(context: FollowContext, event: EventRow): Promise<void> {
  const { nodeId, sessionId } = event;
  if (nodeId === null || sessionId === null) return;
  const content = (event.content ?? {}) as { readonly continuedBy?: unknown; readonly message?: unknown };
  // another one is in its place, and answers
  if (content.continuedBy !== undefined) return;
  const { store, clock } = context;
  const problem = event.type === "session.error" && typeof content.message === "string" ? content.message : "";
  const rest = { eventId: event.id, type: event.type as Rest["type"], problem };
  for (const arrival of awaitedAnswers(store, nodeId)) {
    const living = await newestOfChain(store, { nodeId, id: arrival.sessionId ?? "" });
    if (living?.id !== sessionId) continue;
    const asked = await messageOf(context, arrival);
    if (asked.kind === "waits") continue;
    if (asked.kind === "gone") {
      await dropAnswer(store, arrival.id, asked.reason);
      continue;
    }
    const message = sessionId === arrival.sessionId ? asked.id : undefined;
    const said = (await listMessages(store, nodeId, sessionId, RECENT)).map(saidOf);
    const answer = sessionAnswer(said, rest, message);
    if (answer !== undefined && (await recordAnswer(store, arrival.id, { ...answer, now: clock.now() })))
      context.answers.wake();
  }
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
