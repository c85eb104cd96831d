/** At most one line a second, whatever comes. */
const EVERY_MS = 1_000;

/** Hands on what may come a thousand times a second: at most once a second, with the number of those since the last time. */
export function throttle<T>(now: () => number, write: (latest: T, count: number) => void): (latest: T) => void {
  let writtenAt = Number.NEGATIVE_INFINITY;
  let count = 0;
  return (latest) => {
    count += 1;
    if (now() - writtenAt < EVERY_MS) return;
    writtenAt = now();
    write(latest, count);
    count = 0;
  };
}
