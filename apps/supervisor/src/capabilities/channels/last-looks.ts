import { cardById, type CardRow, newestCard, type SupervisorStore } from "@hal/store/supervisor";

interface LastLook {
  readonly at: number;
  /** it is left alone where a newer card shows the same by then */
  readonly isOfNewest: boolean;
}

/** Cards that are over, and are looked at once more all the same; times are of the monotonic clock. */
export class LastLooks {
  readonly #store: SupervisorStore;
  readonly #looks = new Map<string, LastLook>();

  constructor(store: SupervisorStore) {
    this.#store = store;
  }

  add(id: string, look: LastLook): void {
    this.#looks.set(id, look);
  }

  /** Those of a target that are due; each comes once. */
  take(target: string, now: number): readonly CardRow[] {
    return [...this.#looks].flatMap(([id, { at, isOfNewest }]) => {
      const card = at <= now ? cardById(this.#store, id) : undefined;
      if (card?.target !== target) return [];
      this.#looks.delete(id);
      return isOfNewest && newestCard(this.#store, target, card.subject)?.id !== id ? [] : [card];
    });
  }
}
