import { HalError } from "@hal/protocol";
import type { EventRow } from "@hal/store/supervisor";
import type { StreamItem } from "../domain/stream-item.ts";
import type { EventLog } from "./event-log.ts";
import type { LogPage } from "./log-head.ts";
import type { Reader } from "./readers.ts";

/** So much text is handed over at a time: nothing more is buffered for a reader that is slow. */
const PIECE_CHARACTERS = 64 * 1024;

/** Where somebody begins to follow, and what of it is wanted. */
export interface Following {
  readonly after: number;
  readonly logId: string;
  /** what is said before all else */
  readonly first: readonly StreamItem[];
  readonly passes: (row: EventRow) => boolean;
  /** begins a reader that is told how far it was taken, and ends with it */
  readonly begin: () => Reader;
}

/**
 * What follows a place in the log, and then what comes, in pieces of what is there together, as fast as they are taken.
 * It fails where the log begins a new life (protocol §4.6).
 */
export async function* follow(
  log: EventLog,
  { after, logId, first, passes, begin }: Following,
  signal: AbortSignal,
): AsyncGenerator<readonly StreamItem[]> {
  using reader = begin();
  using waiter = log.waiter(signal);
  let position = after;
  if (first.length > 0) yield first;
  while (!waiter.isOver) {
    const woken = waiter.arm();
    const page = log.near(position) ?? (await log.after(position));
    const last = page.events.at(-1);
    if (last === undefined) {
      await woken;
      continue;
    }
    if (page.logId !== logId) throw lifeEnded();
    for (const piece of piecesOf(page, passes)) {
      if (waiter.isOver) return;
      yield piece.items;
      reader.movedTo(piece.upTo);
    }
    position = last.row.id;
    reader.movedTo(position);
  }
}

function* piecesOf(
  { events }: LogPage,
  passes: Following["passes"],
): Generator<{ readonly items: readonly StreamItem[]; readonly upTo: number }> {
  let items: StreamItem[] = [];
  let characters = 0;
  for (const { row, item } of events) {
    if (!passes(row)) continue;
    items.push(item);
    characters += item.json.length;
    if (characters < PIECE_CHARACTERS) continue;
    yield { items, upTo: row.id };
    items = [];
    characters = 0;
  }
  const last = events.at(-1);
  if (items.length > 0 && last !== undefined) yield { items, upTo: last.row.id };
}

function lifeEnded(): HalError {
  return new HalError(
    "cursor_lost",
    "the supervisor's database was restored while this stream was open; what came of it is of an event log that ended: follow anew, without a cursor",
  );
}
