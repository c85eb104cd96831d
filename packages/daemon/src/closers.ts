/** Releases in the reverse order of their acquisition; each is tried even if an earlier one failed. */
export class Closers implements AsyncDisposable {
  readonly #releases: { readonly name: string; readonly release: () => unknown }[] = [];
  #closing: Promise<void> | undefined;

  /** Notes how to release what was just acquired. */
  add(name: string, release: () => unknown): void {
    this.#releases.push({ name, release });
  }

  /** Notes a disposable and hands it back. */
  use<T extends AsyncDisposable>(name: string, resource: T): T {
    this.add(name, () => resource[Symbol.asyncDispose]());
    return resource;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const failures: unknown[] = [];
    for (let next = this.#releases.pop(); next !== undefined; next = this.#releases.pop()) {
      try {
        await next.release();
      } catch (error) {
        failures.push(new Error(`closing ${next.name} failed`, { cause: error }));
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, "closing failed in several places");
  }
}
