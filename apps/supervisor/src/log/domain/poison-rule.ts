/** How often at least, and for how long at least, an event is tried before its follower goes on without it. */
export interface Patience {
  readonly attempts: number;
  readonly overMs: number;
}

export const PATIENCE: Patience = { attempts: 10, overMs: 15 * 60_000 };

/** How often an event was tried in vain, this time included, and since when; milliseconds since 1970. */
export interface Failing {
  readonly attempts: number;
  readonly since: number;
}

/** Whether an event is set aside. A clock that jumps forward does not do it alone, and many attempts at once do not. */
export function isPoison({ attempts, since }: Failing, now: number, patience: Patience = PATIENCE): boolean {
  return attempts >= patience.attempts && now - since >= patience.overMs;
}
