/** A node that has a project. */
export interface PlaceFacts {
  readonly nodeId: string;
  readonly name: string;
  readonly isReachable: boolean;
  readonly isReady: boolean;
  /** when anything happened there last in a session of the project; undefined where there was none */
  readonly lastActivityAt: number | undefined;
}

/**
 * The node on which a project is started of which nobody said which: one that can be reached and has it ready before all others, and
 * of several the one where it was worked at last. Undefined where no node has it. Pure.
 */
export function choosePlace<Place extends PlaceFacts>(places: readonly Place[]): Place | undefined {
  return places.toSorted(
    (one, other) =>
      Number(other.isReachable) - Number(one.isReachable) ||
      Number(other.isReady) - Number(one.isReady) ||
      (other.lastActivityAt ?? -1) - (one.lastActivityAt ?? -1) ||
      (one.name < other.name ? -1 : one.name > other.name ? 1 : 0) ||
      (one.nodeId < other.nodeId ? -1 : 1),
  )[0];
}
