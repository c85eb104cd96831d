import type { EventRow } from "@hal/store/supervisor";
import type { StreamItem } from "../domain/stream-item.ts";
import type { LoggedEvent, LogPage } from "./log-head.ts";

/** So much text is handed over at a time: nothing more is buffered for a reader that is slow. */
const PIECE_CHARACTERS = 64 * 1024;

/** What of the log is handed over together. */
export interface LogPiece {
  readonly items: readonly StreamItem[];
  /** whoever has it has everything up to this event */
  readonly upTo: number;
}

/** Which events are wanted. */
export interface Wanted {
  /** the same for two that want the same */
  readonly key: string;
  readonly passes: (row: EventRow) => boolean;
}

/** The pieces of a page, each made when somebody comes to it first. */
export class Pieces {
  readonly #made: LogPiece[] = [];
  readonly #coming: Iterator<LogPiece, undefined>;

  constructor(events: readonly LoggedEvent[], passes: Wanted["passes"]) {
    this.#coming = cut(events, passes);
  }

  /** Undefined behind the last one. */
  at(index: number): LogPiece | undefined {
    if (index === this.#made.length) {
      const { done, value } = this.#coming.next();
      if (done !== true) this.#made.push(value);
    }
    return this.#made[index];
  }
}

const known = new WeakMap<LogPage, Map<string, Pieces>>();

/** The pieces of a page, the same ones for all who want the same of it. */
export function piecesOf(page: LogPage, { key, passes }: Wanted): Pieces {
  const byKey = known.get(page) ?? new Map<string, Pieces>();
  known.set(page, byKey);
  const pieces = byKey.get(key) ?? new Pieces(page.events, passes);
  byKey.set(key, pieces);
  return pieces;
}

function* cut(events: readonly LoggedEvent[], passes: Wanted["passes"]): Generator<LogPiece, undefined> {
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
  return undefined;
}
