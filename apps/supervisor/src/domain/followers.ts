/** One reader of the event log that is on its way through it. */
export interface Follower extends Disposable {
  /** it has everything up to this event */
  movedTo(eventId: number): void;
}

/** Where those who follow the event log are, so that nothing is deleted in front of them. */
export class Followers {
  readonly #places = new Map<symbol, number>();

  /** Notes somebody who has everything up to an event. */
  begin(eventId: number): Follower {
    const key = Symbol("follower");
    this.#places.set(key, eventId);
    return {
      movedTo: (id) => void this.#places.set(key, id),
      [Symbol.dispose]: () => void this.#places.delete(key),
    };
  }

  /** The place of the one that is furthest behind; undefined where nobody follows. */
  get slowest(): number | undefined {
    return this.#places.size === 0 ? undefined : Math.min(...this.#places.values());
  }
}
