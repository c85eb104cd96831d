import type { EventView, MessageView, SessionView } from "@hal/protocol";
import { exactRef } from "../exact-ref.ts";
import { EXIT } from "../../../exit-codes.ts";
import { currentCursor, followEvents, untilReached } from "../../../live/follow-events.ts";
import { note, print, printLine } from "../../../output/print.ts";
import { said } from "../../../output/said.ts";
import { messageText, transcript, undoneText } from "./transcript.ts";
import type { Session } from "../../../session.ts";
import type { Run } from "../../../grammar/run.ts";

/** A message has as many lines as it has. */
const PROSE = ["text"];

export const showLogs: Run<{
  readonly ref: string;
  readonly follow: boolean;
  readonly lines: number | undefined;
}> = async (session, { ref, follow, lines }) => {
  const { output: found } = await session.client.call("sessions.get", { ref });
  const after = follow ? await currentCursor(session) : undefined;
  const { output } = await session.client.call("sessions.messages", {
    ref: exactRef(ref, found),
    limit: lines ?? 1000,
  });
  if (!follow || after === undefined) {
    print(session, output, transcript, PROSE);
    return EXIT.done;
  }
  for (const message of output) printLine(session, message, messageText, PROSE);
  await followMessages(session, { found, ref: exactRef(ref, found) }, after, output);
  return EXIT.done;
};

/** The last messages and those that come. */
export const tailLogs: Run<{ readonly ref: string; readonly lines: number }> = (session, { ref, lines }) =>
  showLogs(session, { ref, lines, follow: true });

async function followMessages(
  session: Session,
  { found, ref }: { readonly found: SessionView; readonly ref: string },
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
    else if (event.type !== "session.message") showProgress(session, event);
    else {
      const { messageId } = event.data as { readonly messageId: string };
      const message = await readMessage(session, ref, messageId);
      if (message === undefined || isSame(shown.get(message.id), message)) continue;
      shown.set(message.id, message);
      printLine(session, message, messageText, PROSE);
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
    session.client.call("sessions.messages", { ref, limit: 1000 }),
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
function showProgress(session: Session, { type, data }: EventView): void {
  const fields = data as Readonly<Record<string, unknown>>;
  if (type === "session.error") note(session, said`  ✗ ${String(fields["name"])}: ${String(fields["message"])}`);
  else if (type === "interaction.asked")
    note(session, said`  ? waits for a person: ${String(fields["summary"])} (${String(fields["interactionId"])})`);
  else if (type === "session.ended") note(session, said`  session ended: ${String(fields["reason"])}`);
}
