import type { WriterDatabase } from "./writer-database.ts";

/** What a transaction holds in memory: rows that are changed, sums. */
export interface Part {
  /** writes what was changed so far */
  flush(): void;
}

/**
 * What one frame of a node changes. Each capability holds its own part of it, which is made when it is asked for first and
 * written in that order. Whoever drops it before `flush` has changed nothing.
 */
export class Tx {
  readonly db: WriterDatabase;
  readonly nodeId: string;
  /** on the supervisor's clock */
  readonly receivedAt: number;
  readonly #parts = new Map<(tx: Tx) => Part, Part>();

  constructor(db: WriterDatabase, frame: { readonly nodeId: string; readonly receivedAt: number }) {
    this.db = db;
    this.nodeId = frame.nodeId;
    this.receivedAt = frame.receivedAt;
  }

  /** The part that `make` makes, the same one each time. */
  of<P extends Part>(make: (tx: Tx) => P): P {
    const known = this.#parts.get(make);
    if (known !== undefined) return known as P;
    const made = make(this);
    this.#parts.set(make, made);
    return made;
  }

  flush(): void {
    for (const part of this.#parts.values()) part.flush();
  }
}
