/** A moment on both clocks of this machine: what is told has the one that people know, and what is measured the one that never jumps. */
export interface Moment {
  /** milliseconds since 1970 */
  readonly wall: number;
  /** milliseconds since some start */
  readonly tick: number;
}

export function later(one: Moment, other: Moment): Moment {
  return other.tick > one.tick ? other : one;
}
