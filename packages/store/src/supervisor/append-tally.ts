/** A command that reached its outcome, whoever ended it. */
export interface EndedCommand {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly createdAt: number;
  /** on the supervisor's clock */
  readonly endedAt: number;
}

/** What one commit appended to the event log, and which commands ended with it. */
export interface Appended {
  readonly newestId: number;
  /** how many events of each type */
  readonly counts: Readonly<Record<string, number>>;
  /** the reason of each gap among them */
  readonly gaps: readonly string[];
  readonly ended: readonly EndedCommand[];
}

/** Where a tally was. */
interface Mark {
  readonly newestId: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly gaps: number;
  readonly ended: number;
}

/** Counts what a transaction appends, where it is appended, so that nobody else has to tell. */
export class AppendTally {
  #newestId = 0;
  #counts = new Map<string, number>();
  #gaps: string[] = [];
  #ended: EndedCommand[] = [];

  /** An event got its place. */
  event(id: number, type: string, data: string): void {
    this.#newestId = id;
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    if (type === "gap") this.#gaps.push(String((JSON.parse(data) as { readonly reason?: unknown }).reason));
  }

  /** A command got its outcome. */
  ended(command: EndedCommand): void {
    this.#ended.push(command);
  }

  mark(): Mark {
    return {
      newestId: this.#newestId,
      counts: new Map(this.#counts),
      gaps: this.#gaps.length,
      ended: this.#ended.length,
    };
  }

  /** What came since was undone. */
  backTo({ newestId, counts, gaps, ended }: Mark): void {
    this.#newestId = newestId;
    this.#counts = new Map(counts);
    this.#gaps.length = gaps;
    this.#ended.length = ended;
  }

  /** Hands out what was counted and begins anew; undefined where there was nothing. */
  take(): Appended | undefined {
    const isEmpty = this.#counts.size === 0 && this.#ended.length === 0;
    const taken = { newestId: this.#newestId, counts: Object.fromEntries(this.#counts) };
    const appended = isEmpty ? undefined : { ...taken, gaps: this.#gaps, ended: this.#ended };
    this.#newestId = 0;
    this.#counts = new Map();
    this.#gaps = [];
    this.#ended = [];
    return appended;
  }
}
