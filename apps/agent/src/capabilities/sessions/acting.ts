/** Which sessions commands are aborting, killing or stopping just now: what becomes of their turns is not for a comparison to judge. */
export class Acting {
  /** how many commands are at a session */
  readonly #now = new Map<string, number>();
  /** the place at which the last command left a session */
  readonly #left = new Map<string, number>();
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
      if (isOver) return;
      isOver = true;
      const count = (this.#now.get(sessionId) ?? 1) - 1;
      if (count === 0) this.#now.delete(sessionId);
      else this.#now.set(sessionId, count);
      this.#place += 1;
      this.#left.set(sessionId, this.#place);
    };
  }

  /** Whether a command is at a session now, or was after a place. */
  wasAt(sessionId: string, since: number): boolean {
    return this.#now.has(sessionId) || (this.#left.get(sessionId) ?? 0) > since;
  }
}
