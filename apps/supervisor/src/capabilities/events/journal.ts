import type { Clock, Logger } from "@hal/daemon";
import type { EventRow } from "@hal/store/supervisor";
import type { FollowerName } from "../../log/domain/lag.ts";
import type { Follower } from "../../log/follower.ts";
import { RefusalTally, type Tallied } from "../audit/domain/refusal-tally.ts";

/** What an operator must hear of, and in which words. */
const LINES = {
  gap: "something could not be kept, or cannot be known: a gap in the event log",
  "event.invalid": "an event did not fit; it is kept as it came",
  "node.offline": "node offline",
  "command.expired": "a command expired: its node was not there before its deadline",
} as const;
type Told = keyof typeof LINES;

/**
 * Says in the supervisor's own log what an operator must hear of, for each such event at least once, also where the
 * supervisor died between its commit and the line. Of a flood of one kind, the first is told at once and the rest are counted.
 */
export class Journal {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #tally = new RefusalTally<EventRow>();

  constructor({ log, clock }: { readonly log: Logger; readonly clock: Clock }) {
    this.#log = log;
    this.#clock = clock;
  }

  get follower(): Follower<FollowerName> {
    return { name: "journal", types: Object.keys(LINES), handle: (event) => this.#take(event) };
  }

  /** Writes down what was only counted so far, once a minute of each kind. */
  writeCounted(): void {
    for (const tallied of this.#tally.due(this.#clock.monotonic())) this.#write(tallied);
  }

  /** Writes down all that was only counted, because nothing is counted after it. */
  writeAll(): void {
    for (const tallied of this.#tally.due(Number.POSITIVE_INFINITY)) this.#write(tallied);
  }

  #take(event: EventRow): void {
    const kind = JSON.stringify([event.type, event.nodeId]);
    const tallied = this.#tally.count(kind, event, this.#clock.monotonic());
    if (tallied !== undefined) this.#write(tallied);
  }

  #write({ latest: { id, type, nodeId, content }, count }: Tallied<EventRow>): void {
    const { reason } = (content ?? {}) as { readonly reason?: unknown };
    const fields = { event: id, node: nodeId, ...(typeof reason === "string" ? { reason } : {}) };
    this.#log.warn(count === 1 ? fields : { ...fields, count }, LINES[type as Told]);
  }
}
