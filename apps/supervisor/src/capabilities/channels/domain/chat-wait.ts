const FIRST_MS = 5_000;
const MOST_MS = 300_000;
/** A day and a night of them. */
const MOST_TRIES = 300;

/** How long to wait after so many tries of one notice on a platform for people; undefined where there is no other one. */
export function chatWaitMs(tries: number): number | undefined {
  return tries < MOST_TRIES ? Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 10)) : undefined;
}
