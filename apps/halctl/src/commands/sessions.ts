import type { EventView, SessionView } from "@hal/protocol";
import { EXIT } from "../exit-codes.ts";
import { currentCursor, followEvents } from "../live/follow-events.ts";
import { print, printLine } from "../output/print.ts";
import { messageText, transcript } from "../output/transcript.ts";
import { sessionCard, sessionTable } from "../output/views.ts";
import type { Session } from "../session.ts";
import type { Run } from "./command.ts";

export interface ListArgs {
  readonly project?: string | undefined;
  readonly status?: SessionView["status"] | undefined;
  readonly node?: string | undefined;
  readonly roots?: boolean | undefined;
  readonly limit?: number | undefined;
}

export const listSessions: Run<ListArgs> = async (session, { project, status, node, roots, limit }) => {
  const { output } = await session.client.call("sessions.list", { project, status, node_id: node, roots, limit });
  print(session, output, sessionTable);
  return EXIT.done;
};

export const getSession: Run<{ readonly ref: string }> = async (session, { ref }) => {
  const { output } = await session.client.call("sessions.get", { ref });
  print(session, output, (one, { now }) => sessionCard(one, now));
  return EXIT.done;
};

export const showLogs: Run<{
  readonly ref: string;
  readonly follow: boolean;
  readonly lines: number | undefined;
}> = async (session, { ref, follow, lines }) => {
  const { output: found } = await session.client.call("sessions.get", { ref });
  const after = follow ? await currentCursor(session) : undefined;
  const { output } = await session.client.call("sessions.messages", { ref: found.id, limit: lines });
  if (!follow || after === undefined) {
    print(session, output, transcript);
    return EXIT.done;
  }
  for (const message of output) printLine(session, message, messageText);
  await followMessages(session, found.id, after);
  return EXIT.done;
};

async function followMessages(session: Session, sessionId: string, after: string): Promise<void> {
  for await (const event of followEvents(session, { session_id: sessionId, after }, session.terminal.interrupted)) {
    if (event.type !== "session.message") showProgress(session, event);
    else {
      const { output } = await session.client.call("sessions.messages", { ref: sessionId, limit: 1000 });
      const { messageId } = event.data as { readonly messageId: string };
      const message = output.find(({ id }) => id === messageId);
      if (message !== undefined) printLine(session, message, messageText);
    }
  }
}

/** What happens between two messages, for a person at a terminal. */
function showProgress({ terminal, format }: Session, { type, data }: EventView): void {
  if (format === "json") return;
  const fields = data as Readonly<Record<string, unknown>>;
  if (type === "session.error") terminal.err.write(`  ✗ ${String(fields["name"])}: ${String(fields["message"])}\n`);
  else if (type === "interaction.asked")
    terminal.err.write(`  ? waits for a person: ${String(fields["summary"])} (${String(fields["interactionId"])})\n`);
  else if (type === "session.ended") terminal.err.write(`  session ended: ${String(fields["reason"])}\n`);
}
