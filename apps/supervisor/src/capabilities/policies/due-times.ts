const SECOND_MS = 1000;

/** What is due at which time, for whoever walks through time: what it had before is forgotten when it is put anew. */
export class DueTimes<T extends object> {
  readonly #at = new Map<T, number>();
  readonly #bySecond = new Map<number, Set<T>>();
  #second: number;

  constructor(now: number) {
    this.#second = Math.floor(now / SECOND_MS);
  }

  put(one: T, at: number | null): void {
    const before = this.#at.get(one);
    if (before !== undefined) this.#bySecond.get(before)?.delete(one);
    this.#at.delete(one);
    if (at === null) return;
    const second = Math.max(this.#second, Math.ceil(at / SECOND_MS));
    this.#at.set(one, second);
    const others = this.#bySecond.get(second) ?? new Set();
    this.#bySecond.set(second, others.add(one));
  }

  /** What is due up to a time, in the order of the seconds in which it is, and when that was. */
  *upTo(now: number): Generator<{ readonly one: T; readonly at: number }> {
    const last = Math.floor(now / SECOND_MS);
    while (this.#second <= last) {
      const due = this.#bySecond.get(this.#second);
      this.#bySecond.delete(this.#second);
      // what is put for this second again is due in the next one
      const at = this.#second * SECOND_MS;
      this.#second += 1;
      for (const one of due ?? []) {
        this.#at.delete(one);
        yield { one, at };
      }
    }
  }
}
