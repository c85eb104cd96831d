import type { FollowerDoor, Lag } from "./domain/lag.ts";

/** One reader of the event log that is on its way through it. */
export interface Reader extends Disposable {
  /** it has everything up to this event */
  movedTo(eventId: number): void;
}

/** Where those who read the event log by a stream are, so that nothing is deleted in front of them. */
export class Readers {
  readonly #places = new Map<symbol, { readonly door: FollowerDoor; eventId: number }>();

  /** Notes somebody who has everything up to an event. */
  begin(eventId: number, door: FollowerDoor): Reader {
    const key = Symbol("reader");
    const place = { door, eventId };
    this.#places.set(key, place);
    return {
      movedTo: (id) => {
        place.eventId = id;
      },
      [Symbol.dispose]: () => void this.#places.delete(key),
    };
  }

  /** The place of the one that is furthest behind; undefined where nobody follows. */
  get slowest(): number | undefined {
    const places = [...this.#places.values()].map(({ eventId }) => eventId);
    return places.length === 0 ? undefined : Math.min(...places);
  }

  /** How far behind the newest event they are, by door. */
  lags(newest: number): Readonly<Record<FollowerDoor, Lag>> {
    const of = (door: FollowerDoor): Lag => {
      const behind = [...this.#places.values()]
        .filter((place) => place.door === door)
        .map(({ eventId }) => Math.max(0, newest - eventId));
      return { count: behind.length, lagEvents: Math.max(0, ...behind) };
    };
    return { http: of("http"), control: of("control") };
  }
}
