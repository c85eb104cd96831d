/** Lets work begin a piece in each turn of the event loop, in its order: what comes meanwhile is read, and acknowledged, before the next one. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Done when it is one's turn. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => void setImmediate(resolve)));
    return this.#last;
  }
}
