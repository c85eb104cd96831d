/** Tells that there is more in the outbox. It carries nothing: whoever hears of it reads the outbox. */
export class OutboxNews {
  readonly #listeners = new Set<() => void>();
  #isDue = false;

  /** Hears after each commit that appended; returns how to stop. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Something is appended just now: transactions have no wait in them, so what runs next comes after the commit. */
  appended(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
