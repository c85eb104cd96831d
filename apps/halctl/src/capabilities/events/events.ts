import type { OperationInput } from "@hal/protocol";
import { EXIT } from "../../exit-codes.ts";
import { currentCursor, followEvents } from "../../live/follow-events.ts";
import { emptyLine } from "../../live/empty-list.ts";
import { print, printLine } from "../../output/print.ts";
import { eventLine } from "./event-line.ts";
import type { Session } from "../../session.ts";
import type { Arguments, Run } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";

interface EventsArgs extends Arguments {
  readonly follow: boolean;
  readonly session?: string | undefined;
  readonly node?: string | undefined;
}

export const showEvents: Run<EventsArgs> = async (session, args) => {
  const asked = inputOf("events.list", args, session.terminal.now());
  const filter = { type: asked.type, ...(await resolved(session, args)) };
  if (!args.follow) {
    const input = { ...asked, ...filter };
    const { output } = await session.client.call("events.list", input);
    const isEmpty = output.length === 0 && session.format !== "json";
    const line = isEmpty ? await emptyLine(session, { operation: "events.list", input }) : "";
    // the newest is at the bottom, where a person looks
    print(
      session,
      output,
      (events, look) =>
        line +
        events
          .toReversed()
          .map((event) => `${eventLine(event, look)}\n`)
          .join(""),
    );
    return EXIT.done;
  }
  const after = await printSince(session, filter, asked);
  for await (const event of followEvents(session, { ...filter, after }, session.terminal.interrupted))
    printLine(session, event, eventLine);
  return EXIT.done;
};

/** Prints what came since the asked time, and says behind which event to go on. */
async function printSince(
  session: Session,
  filter: OperationInput<"events.list">,
  { since, limit }: OperationInput<"events.list">,
): Promise<string> {
  const now = await currentCursor(session);
  if (since === undefined) return now;
  const { output } = await session.client.call("events.list", { ...filter, since, limit: limit ?? 1000 });
  for (const event of output.toReversed()) printLine(session, event, eventLine);
  // events that came after the cursor was read may be in the list already
  return output[0]?.cursor ?? now;
}

/** Filters are by id; people write prefixes and names. */
async function resolved({ client }: Session, { session, node }: EventsArgs) {
  const found = session === undefined ? undefined : (await client.call("sessions.get", { ref: session })).output;
  return {
    session_id: found?.id,
    node_id: node === undefined ? found?.node_id : (await client.call("nodes.get", { id: node })).output.id,
  };
}
