/**
 * A platform as the configuration has it: open as long as it is named there, and opened anew where it is reached in another way.
 * What was open before hears nothing from then on, and ends what it had begun.
 */
export class PlatformSlot<S, C extends AsyncDisposable> implements AsyncDisposable {
  readonly #open: (settings: S) => Promise<C>;
  readonly #reachedBy: (settings: S) => readonly unknown[];
  readonly #closing = new Set<Promise<void>>();
  #channel: C | undefined;
  #by: string | undefined;

  /** @param reachedBy those of the settings that do not count before it is opened anew */
  constructor(open: (settings: S) => Promise<C>, reachedBy: (settings: S) => readonly unknown[]) {
    this.#open = open;
    this.#reachedBy = reachedBy;
  }

  /** Undefined where the configuration does not name it. */
  get channel(): C | undefined {
    return this.#channel;
  }

  /** Takes on settings; says whether it was opened. */
  async use(settings: S | undefined): Promise<boolean> {
    const by = settings === undefined ? undefined : JSON.stringify(this.#reachedBy(settings));
    if (by === this.#by) return false;
    this.#close();
    if (settings === undefined) return false;
    this.#channel = await this.#open(settings);
    this.#by = by;
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await Promise.all(this.#closing);
  }

  /** Does not wait for what people asked before: that may take its time. */
  #close(): void {
    const before = this.#channel;
    this.#channel = undefined;
    this.#by = undefined;
    if (before === undefined) return;
    const closed = Promise.resolve(before[Symbol.asyncDispose]());
    this.#closing.add(closed);
    void closed.finally(() => this.#closing.delete(closed));
  }
}
