import { LIMITS } from "../limits.ts";

/** Items on their way from a socket to a reader; bounded by telling the socket to pause. */
export class ItemQueue<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  readonly #pressure: { readonly onFull: () => void; readonly onDrained: () => void };
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #full = false;

  constructor(pressure: { readonly onFull: () => void; readonly onDrained: () => void }) {
    this.#pressure = pressure;
  }

  push(item: T): void {
    this.#items.push(item);
    if (!this.#full && this.#items.length >= LIMITS.controlItemsBuffered) {
      this.#full = true;
      this.#pressure.onFull();
    }
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) yield item;
      if (this.#full) {
        this.#full = false;
        this.#pressure.onDrained();
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
