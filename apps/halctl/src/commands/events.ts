import { EXIT } from "../exit-codes.ts";
import { followEvents } from "../live/follow-events.ts";
import { print, printLine } from "../output/print.ts";
import { eventLine } from "../output/event-line.ts";
import type { Session } from "../session.ts";
import type { Run } from "./command.ts";

export interface EventsArgs {
  readonly follow: boolean;
  readonly type?: string | undefined;
  readonly session?: string | undefined;
  readonly node?: string | undefined;
  readonly since?: string | undefined;
  readonly limit?: number | undefined;
}

export const showEvents: Run<EventsArgs> = async (session, args) => {
  const filter = { type: args.type, ...(await resolved(session, args)) };
  if (!args.follow) {
    const { output } = await session.client.call("events.list", { ...filter, since: args.since, limit: args.limit });
    // the newest is at the bottom, where a person looks
    print(session, output, (events) =>
      events
        .toReversed()
        .map((event) => `${eventLine(event)}\n`)
        .join(""),
    );
    return EXIT.done;
  }
  for await (const event of followEvents(session, filter, session.terminal.interrupted))
    printLine(session, event, eventLine);
  return EXIT.done;
};

/** Filters are by id; people write prefixes and names. */
async function resolved({ client }: Session, { session, node }: EventsArgs) {
  return {
    session_id: session === undefined ? undefined : (await client.call("sessions.get", { ref: session })).output.id,
    node_id: node === undefined ? undefined : (await client.call("nodes.get", { id: node })).output.id,
  };
}
