import type { EventView, MessageView, SessionView } from "@hal/protocol";
import { exactRef } from "../exact-ref.ts";
import { EXIT } from "../exit-codes.ts";
import { currentCursor, followEvents, untilReached } from "../live/follow-events.ts";
import { showList } from "../live/show-list.ts";
import { note, print, printLine } from "../output/print.ts";
import { said } from "../output/said.ts";
import { messageText, transcript } from "../output/transcript.ts";
import { sessionTable } from "../output/views.ts";
import type { Session } from "../session.ts";
import type { Run, Watched } from "./command.ts";
import { inputOf } from "./typed-options.ts";

export const listSessions: Run<Watched> = (session, argv) =>
  showList(session, argv.watch, {
    title: "sessions",
    read: async (options) => {
      const filter = inputOf("sessions.list", argv, session.terminal.now());
      return (await session.client.call("sessions.list", filter, options)).output;
    },
    render: sessionTable,
    concerns: /^(session|interaction|node|opencode)\./,
  });

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
  const shown = new Map(printed.map((message) => [message.id, JSON.stringify(message)]));
  for await (const event of followEvents(
    session,
    { session_id: found.id, node_id: found.node_id, after },
    interrupted,
  )) {
    if (event.type !== "session.message") showProgress(session, event);
    else {
      const { messageId } = event.data as { readonly messageId: string };
      const message = await readMessage(session, ref, messageId);
      if (message === undefined || shown.get(message.id) === JSON.stringify(message)) continue;
      shown.set(message.id, JSON.stringify(message));
      printLine(session, message, messageText, PROSE);
    }
  }
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
