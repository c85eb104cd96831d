/** A file that opencode could not read as configuration, as it is on the disk now. */
export interface UnreadFile {
  readonly file: string;
  /** milliseconds since 1970; undefined where it is gone */
  readonly changedAt: number | undefined;
}

/** A new run of opencode takes what people are doing there from them for seconds, so this far apart at least. */
const PAUSE_MS = 60_000;

/** The most that it comes to where new runs fail at the same file again and again. */
const MOST_PAUSE_MS = 16 * PAUSE_MS;

interface Judged {
  readonly changedAt: number | undefined;
  /** on the monotonic clock */
  readonly at: number;
  /** how many runs were begun for this file, which failed at it all the same */
  readonly runs: number;
}

/**
 * Judges when a new run of opencode is worth it, because a file that this one could not read was changed after it began:
 * once for each change, and the more rarely the more often it was in vain.
 */
export class ConfigChanges {
  readonly #judged = new Map<string, Judged>();
  #takenAt = Number.NEGATIVE_INFINITY;

  /** The files that a new run would read otherwise; none while it is too soon for all of them. `now` is on the monotonic clock. */
  due(unread: readonly UnreadFile[], runBeganAt: number, now: number): readonly UnreadFile[] {
    const files = new Set(unread.map(({ file }) => file));
    for (const file of this.#judged.keys()) if (!files.has(file)) this.#judged.delete(file);
    if (now < this.#takenAt + PAUSE_MS) return [];
    const changed = unread.filter((one) => this.#isNew(one, runBeganAt));
    return changed.some((one) => now >= this.#notBefore(one)) ? changed : [];
  }

  /** A new run begins, and reads these. */
  take(read: readonly UnreadFile[], now: number): void {
    this.#takenAt = now;
    for (const { file, changedAt } of read)
      this.#judged.set(file, { changedAt, at: now, runs: (this.#judged.get(file)?.runs ?? 0) + 1 });
  }

  #isNew({ file, changedAt }: UnreadFile, runBeganAt: number): boolean {
    const judged = this.#judged.get(file);
    if (judged !== undefined && judged.changedAt === changedAt) return false;
    return changedAt === undefined || changedAt > runBeganAt;
  }

  #notBefore({ file }: UnreadFile): number {
    const judged = this.#judged.get(file);
    if (judged === undefined) return Number.NEGATIVE_INFINITY;
    return judged.at + Math.min(MOST_PAUSE_MS, PAUSE_MS * 2 ** (judged.runs - 1));
  }
}
