import { HalError, type ParsedInput } from "@hal/protocol";
import { type EventRow, listEvents, mayHaveMoreEvents, newestEventId, prunedUpTo } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { formatCursor, parseCursor } from "../../log/domain/cursor.ts";
import { eventView, prunedGapView } from "../../log/event-view.ts";
import { checkEventType } from "./check-event-type.ts";
import { checkNodeId } from "../nodes/check-node-id.ts";
import { Page } from "../../operations/page.ts";
import { StreamItem } from "../../domain/stream-item.ts";
import { follow } from "../../log/follow.ts";
import type { Caller, Handler } from "../../operations/handler.ts";

const list: Handler<"events.list", Context> = async (context, input, { signal }) => {
  const { logId } = context.store;
  await checkFilter(context, input);
  const page = {
    type: input.type,
    sessionId: input.session_id,
    nodeId: input.node_id,
    since: input.since === undefined ? undefined : Date.parse(input.since),
    before: input.cursor === undefined ? undefined : parseCursor(logId, input.cursor),
    limit: input.limit,
  };
  const rows = await listEvents(context.store, page, signal);
  const last = rows.at(-1);
  const mayHaveMore =
    rows.length === input.limit &&
    last !== undefined &&
    (await mayHaveMoreEvents(context.store, { ...page, before: last.id }));
  return new Page(rows, mayHaveMore ? formatCursor(logId, last.id) : undefined).map((row) => eventView(logId, row));
};

/**
 * Events behind a cursor, then those that come, read from the log as fast as the reader takes them:
 * nothing is buffered for a slow one. A cursor from before what was pruned begins with a gap that says so. The cursor is
 * judged and "from now on" is fixed before it returns. It fails where the log begins a new life (protocol §4.6).
 */
export async function eventsStream(
  context: Context,
  raw: unknown,
  caller: Caller,
): Promise<AsyncIterable<readonly StreamItem[]>> {
  const input = raw as ParsedInput<"events.stream">;
  await checkFilter(context, input);
  const newest = await newestEventId(context.store);
  const start = input.after === undefined ? newest : parseCursor(context.store.logId, input.after);
  // a log that was restored from a backup and does not know it yet
  if (start > newest) throw new HalError("cursor_lost", "this cursor is ahead of the event log; start without one");
  const { logId } = context.store;
  const first = await prunedGap(context, start, input.type);
  const door = caller.surface === "http" ? caller.surface : "control";
  const from = {
    after: start,
    logId,
    first,
    wanted: {
      key: JSON.stringify([input.type, input.session_id, input.node_id]),
      passes: (row: EventRow) => passes(row, input),
    },
    // what it has not taken yet stays in the log
    begin: () => context.readers.begin(start, door),
  };
  return follow(context.events, from, AbortSignal.any([caller.signal, context.stopping]));
}

/** What is said to somebody who comes from before what was pruned. */
async function prunedGap(
  { store, clock }: Context,
  after: number,
  type: string | undefined,
): Promise<readonly StreamItem[]> {
  const upTo = await prunedUpTo(store);
  if (after >= upTo || (type ?? "gap") !== "gap") return [];
  const view = prunedGapView(store.logId, { after, upTo, now: clock.now() });
  return [new StreamItem(view, view.cursor)];
}

function passes(row: EventRow, filter: ParsedInput<"events.stream">): boolean {
  return (
    (filter.type === undefined || row.type === filter.type) &&
    (filter.session_id === undefined || row.sessionId === filter.session_id) &&
    (filter.node_id === undefined || row.nodeId === filter.node_id)
  );
}

async function checkFilter(
  context: Context,
  { type, node_id: nodeId }: Pick<ParsedInput<"events.stream">, "type" | "node_id">,
): Promise<void> {
  await checkEventType(context, type);
  await checkNodeId(context, nodeId);
}

export const eventHandlers = { "events.list": list };
