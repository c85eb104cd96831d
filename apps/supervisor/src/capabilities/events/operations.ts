import { HalError, type ParsedInput } from "@hal/protocol";
import {
  type EventRow,
  eventsAfter,
  listEvents,
  logIdOf,
  mayHaveMoreEvents,
  newestEventId,
  prunedUpTo,
} from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { FollowerDoor } from "../../log/domain/lag.ts";
import { formatCursor, parseCursor } from "../../log/domain/cursor.ts";
import { eventView, prunedGapView } from "../../log/event-view.ts";
import { checkEventType } from "./check-event-type.ts";
import { checkNodeId } from "../nodes/check-node-id.ts";
import { Page } from "../../operations/page.ts";
import type { Caller, Handler, StreamItem } from "../../operations/handler.ts";

const PAGE = 500;

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
export async function eventsStream(context: Context, raw: unknown, caller: Caller): Promise<AsyncIterable<StreamItem>> {
  const input = raw as ParsedInput<"events.stream">;
  await checkFilter(context, input);
  const newest = await newestEventId(context.store);
  const start = input.after === undefined ? newest : parseCursor(context.store.logId, input.after);
  // a log that was restored from a backup and does not know it yet
  if (start > newest) throw new HalError("cursor_lost", "this cursor is ahead of the event log; start without one");
  const from = { start, door: caller.surface === "http" ? caller.surface : "control" } as const;
  return follow(context, input, from, AbortSignal.any([caller.signal, context.stopping]));
}

async function* follow(
  context: Context,
  filter: ParsedInput<"events.stream">,
  { start, door }: { readonly start: number; readonly door: FollowerDoor },
  signal: AbortSignal,
): AsyncGenerator<StreamItem> {
  const { logId } = context.store;
  const pruned = await prunedUpTo(context.store);
  if (start < pruned && (filter.type ?? "gap") === "gap") {
    const view = prunedGapView(logId, { after: start, upTo: pruned, now: context.clock.now() });
    yield { item: view, cursor: view.cursor };
  }
  // what it has not seen yet stays in the log
  using reader = context.readers.begin(start, door);
  let position = start;
  while (!signal.aborted) {
    const woken = context.events.arm(signal);
    const rows = await eventsAfter(context.store, position, PAGE);
    // asked after the rows: none of them is of a later life than this
    if (logIdOf(context.store.sqlite.orm) !== logId)
      throw new HalError(
        "cursor_lost",
        "the supervisor's database was restored while this stream was open; what came of it is of an event log that ended: follow anew, without a cursor",
      );
    for (const row of rows) {
      if (signal.aborted) return;
      position = row.id;
      reader.movedTo(position);
      const view = eventView(logId, row);
      if (passes(row, filter)) yield { item: view, cursor: view.cursor };
    }
    if (rows.length < PAGE) await woken;
  }
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
