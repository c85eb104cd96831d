/** How often something of one kind may be written down. */
const EVERY_MS = 60_000;

/** So many kinds are told apart; whoever makes up more is counted with the others. */
const MOST_KINDS = 1_000;
const OTHERS = "others";

interface Kind<T> {
  latest: T;
  writtenAt: number;
  unwritten: number;
}

/** What is to be written down: the latest of its kind, and how many there were. */
export interface Tallied<T> {
  readonly latest: T;
  readonly count: number;
}

/**
 * Counts what may come a thousand times a second: the first of a kind is written down at once, those that follow once a
 * minute with their number, so that nothing is left out and nothing floods.
 */
export class RefusalTally<T> {
  readonly #kinds = new Map<string, Kind<T>>();

  /** Returns what is to be written down now, if anything is. */
  count(kind: string, latest: T, now: number): Tallied<T> | undefined {
    const name = this.#kinds.has(kind) || this.#kinds.size < MOST_KINDS ? kind : OTHERS;
    const known = this.#kinds.get(name);
    if (known === undefined) {
      this.#kinds.set(name, { latest, writtenAt: now, unwritten: 0 });
      return { latest, count: 1 };
    }
    known.latest = latest;
    known.unwritten += 1;
    return undefined;
  }

  /** What has come since it was written down last and is due; kinds that rest are forgotten. */
  due(now: number): Tallied<T>[] {
    const due: Tallied<T>[] = [];
    for (const [name, kind] of this.#kinds) {
      if (now - kind.writtenAt < EVERY_MS) continue;
      if (kind.unwritten === 0) {
        this.#kinds.delete(name);
        continue;
      }
      due.push({ latest: kind.latest, count: kind.unwritten });
      kind.writtenAt = now;
      kind.unwritten = 0;
    }
    return due;
  }
}
