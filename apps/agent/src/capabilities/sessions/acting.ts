/** So many sessions are remembered that commands have left; what is forgotten counts as acted on by whoever asks from before. */
const MOST_LEFT = 1_000;

/**
 * Which sessions commands are aborting, killing or stopping just now: what becomes of their turns is not for a comparison to judge.
 *
 * What holds here:
 *
 * - L1 A session is acted on until each command that is at it has left, and each one leaves once.
 * - L2 What is forgotten counts as acted on: a comparison judges too little, and never a turn that a command ended.
 */
export class Acting {
  /** how many commands are at a session */
  readonly #now = new Map<string, number>();
  /** the place at which the last command left a session, the latest last */
  readonly #left = new Map<string, number>();
  /** the last place of which that is forgotten */
  #forgotten = 0;
  #place = 0;

  /** Names this moment, to be asked about later. */
  get place(): number {
    return this.#place;
  }

  /** Marks a session as acted on until the returned function is called. */
  begin(sessionId: string): () => void {
    this.#now.set(sessionId, (this.#now.get(sessionId) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return; // L1
      isOver = true;
      const count = (this.#now.get(sessionId) ?? 1) - 1;
      if (count === 0) this.#now.delete(sessionId);
      else this.#now.set(sessionId, count);
      this.#place += 1;
      this.#leaveAt(sessionId, this.#place);
    };
  }

  #leaveAt(sessionId: string, place: number): void {
    this.#left.delete(sessionId);
    this.#left.set(sessionId, place);
    const oldest = this.#left.size > MOST_LEFT ? this.#left.entries().next().value : undefined;
    if (oldest === undefined) return;
    this.#left.delete(oldest[0]);
    [, this.#forgotten] = oldest; // L2
  }

  /** Whether a command is at a session now, or was after a place. */
  wasAt(sessionId: string, since: number): boolean {
    return this.#now.has(sessionId) || (this.#left.get(sessionId) ?? this.#forgotten) > since;
  }
}
