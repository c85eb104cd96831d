import type { EventView, InteractionView, MessageView, SessionView } from "@hal/protocol";
import { sinceTime } from "@hal/words";
import { exactRef } from "../exact-ref.ts";
import { EXIT } from "../../../exit-codes.ts";
import { currentCursor, followEvents, untilReached } from "../../../live/follow-events.ts";
import { note, print, printLine } from "../../../output/print.ts";
import { said } from "../../../output/said.ts";
import { inOrder, isOfKind, isSince, type LogKind, logKinds } from "./log-filter.ts";
import { entryText, logPage, messageText, undoneText } from "./transcript.ts";
import type { Session } from "../../../session.ts";
import type { Run } from "../../../grammar/run.ts";

/** So much of a conversation is read. */
const MOST = 1000;
/** A message has as many lines as it has. */
const PROSE = ["text"];

interface LogArgs {
  readonly ref: string;
  readonly follow: boolean;
  readonly lines?: number | undefined;
  readonly since?: string | undefined;
  readonly filter?: readonly string[];
}

export const showLogs: Run<LogArgs> = async (session, { ref, follow, lines, since: given, filter = [] }) => {
  const kinds = logKinds(filter);
  const since = given === undefined ? undefined : sinceTime(given, session.terminal.now());
  const { output: found } = await session.client.call("sessions.get", { ref });
  const exact = exactRef(ref, found);
  const after = follow ? await currentCursor(session) : undefined;
  const isAll = kinds.length === 0 && since === undefined;
  const { output: messages } = await session.client.call("sessions.messages", {
    ref: exact,
    limit: isAll ? (lines ?? MOST) : MOST,
  });
  const shown = messages.filter((message) => isOfKind(message, kinds));
  const asked = kinds.includes("permissions") ? await askedIn(session, exact) : [];
  const entries = inOrder(shown, asked).filter((entry) => isSince(entry, since));
  const kept = lines === undefined ? entries : entries.slice(-lines);
  if (!follow || after === undefined) {
    print(session, kept, logPage, PROSE);
    return EXIT.done;
  }
  for (const entry of kept) printLine(session, entry, entryText, PROSE);
  await followMessages(session, { found, ref: exact, kinds }, after, messages);
  return EXIT.done;
};

/** Everything that was asked of people there, answered or not. */
async function askedIn({ client }: Session, ref: string): Promise<readonly InteractionView[]> {
  const { output } = await client.call("interactions.list", { session: ref, state: "all", limit: MOST });
  return output;
}

/** The last messages and those that come. */
export const tailLogs: Run<LogArgs> = (session, args) => showLogs(session, { ...args, follow: true });

async function followMessages(
  session: Session,
  { found, ref, kinds }: { readonly found: SessionView; readonly ref: string; readonly kinds: readonly LogKind[] },
  after: string,
  printed: readonly MessageView[],
): Promise<void> {
  const { interrupted } = session.terminal;
  // a message that came while the conversation was read is among both
  const shown: Shown = new Map(printed.map((message) => [message.id, message]));
  for await (const event of followEvents(
    session,
    { session_id: found.id, node_id: found.node_id, after },
    interrupted,
  )) {
    if (mayUndo(event, shown)) await showUndone(session, ref, shown);
    else if (event.type !== "session.message") showProgress(session, event, kinds);
    else {
      const { messageId } = event.data as { readonly messageId: string };
      const message = await readMessage(session, ref, messageId);
      if (message === undefined || isSame(shown.get(message.id), message)) continue;
      shown.set(message.id, message);
      if (isOfKind(message, kinds)) printLine(session, message, messageText, PROSE);
    }
  }
}

/** Messages by their ids, as they were shown last. */
type Shown = Map<string, MessageView>;

/** Whether messages that were shown may count no more, or again. */
function mayUndo({ type, data }: EventView, shown: Shown): boolean {
  if (type === "message.removed") return true;
  if (type !== "session.updated") return false;
  const { undoneFrom } = data as { readonly undoneFrom?: unknown };
  return undoneFrom !== undefined || [...shown.values()].some(({ undone }) => undone?.removed === false);
}

/** Shows once more which of the messages that were shown somebody undid, or brought back. */
async function showUndone(session: Session, ref: string, shown: Shown): Promise<void> {
  const { output } = await untilReached(session, session.terminal.interrupted, () =>
    session.client.call("sessions.messages", { ref, limit: MOST }),
  );
  for (const message of output) {
    const before = shown.get(message.id);
    if (before === undefined || isSame(before.undone, message.undone)) continue;
    // what else is new of it, an event of its own tells
    shown.set(message.id, { ...before, undone: message.undone });
    printLine(session, message, undoneText, PROSE);
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** It is among the newest, except for whoever follows far behind. */
async function readMessage(session: Session, ref: string, messageId: string): Promise<MessageView | undefined> {
  for (const limit of [20, 1000]) {
    const { output } = await untilReached(session, session.terminal.interrupted, () =>
      session.client.call("sessions.messages", { ref, limit }),
    );
    const message = output.find(({ id }) => id === messageId);
    if (message !== undefined) return message;
  }
  return undefined;
}

/** What happens between two messages. */
function showProgress(session: Session, { type, data }: EventView, kinds: readonly LogKind[]): void {
  const isMeant = (kind: LogKind): boolean => kinds.length === 0 || kinds.includes(kind);
  const fields = data as Readonly<Record<string, unknown>>;
  if (type === "session.error" && isMeant("errors"))
    note(session, said`  ✗ ${String(fields["name"])}: ${String(fields["message"])}`);
  else if (type === "interaction.asked" && isMeant("permissions"))
    note(session, said`  ? waits for a person: ${String(fields["summary"])} (${String(fields["interactionId"])})`);
  else if (type === "session.ended") note(session, said`  session ended: ${String(fields["reason"])}`);
}
