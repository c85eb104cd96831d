/** By which door somebody follows. */
export const FOLLOWER_DOORS = ["http", "control"] as const;
export type FollowerDoor = (typeof FOLLOWER_DOORS)[number];

/** How many follow by a door, and how many events the slowest of them has not taken. */
export interface Lag {
  readonly count: number;
  readonly lagEvents: number;
}

/** The named followers that there are. */
export const FOLLOWER_NAMES = ["journal", "projects", "notices", "incoming"] as const;
export type FollowerName = (typeof FOLLOWER_NAMES)[number];
