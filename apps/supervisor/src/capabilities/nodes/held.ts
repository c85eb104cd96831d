import { type HoldRow, standingHolds, type SupervisorStore } from "@hal/store/supervisor";
import { holdsOn } from "./domain/holds-on.ts";

/** A hold that stands, or that is about to. */
export type Hold = Pick<HoldRow, "id" | "nodeId" | "project" | "createdAt" | "createdBy">;

/**
 * What is held now, where everybody can look who asks something of a node. The database has it; `holds` changes it.
 *
 * A hold counts here before it is written: what is asked later than that is refused, and what was asked earlier is in the
 * database before it, where the stop that made the hold finds it.
 */
export class Held {
  readonly #store: SupervisorStore;
  #standing: readonly Hold[] = [];
  readonly #coming = new Set<Hold>();

  constructor(store: SupervisorStore) {
    this.#store = store;
  }

  /** Looks at the database again, whenever something was changed there. */
  async refresh(): Promise<void> {
    this.#standing = await standingHolds(this.#store);
  }

  /** Counts from now on, until that is disposed of: it is in the database by then, or is none. */
  expect(hold: Hold): Disposable {
    this.#coming.add(hold);
    return { [Symbol.dispose]: () => void this.#coming.delete(hold) };
  }

  /** Those that stand, oldest first. */
  get standing(): readonly Hold[] {
    return this.#standing;
  }

  /** What keeps work of a project on a node from beginning; work that is in no project only what holds all of it. */
  refusing(nodeId: string, project: string | undefined): Hold[] {
    return holdsOn([...this.#standing, ...this.#coming], { nodeId, project });
  }

  /** What holds a node or some of its projects. */
  concerning(nodeId: string): Hold[] {
    return this.#standing.filter((hold) => hold.nodeId === null || hold.nodeId === nodeId);
  }
}
