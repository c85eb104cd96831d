/** Runs work of the same lane one after the other, and different lanes side by side. */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>();

  run<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(lane) ?? Promise.resolve();
    const result = before.then(work);
    // the next one waits for the end of this one, however it ends
    const tail: Promise<void> = result.then(
      () => this.#leave(lane, tail),
      () => this.#leave(lane, tail),
    );
    this.#tails.set(lane, tail);
    return result;
  }

  #leave(lane: string, tail: Promise<void>): void {
    if (this.#tails.get(lane) === tail) this.#tails.delete(lane);
  }
}
