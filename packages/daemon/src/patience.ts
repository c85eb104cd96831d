const LOOKS = 8;

/**
 * Calls `onOver` when nobody disposed of it for `ms` milliseconds in which this process could work: of a time in which it was held
 * up itself, and could notice nothing, no more counts than the eighth part.
 */
export function patience(ms: number, onOver: () => void): Disposable {
  let looks = 0;
  let timer: NodeJS.Timeout;
  const look = (): void => {
    looks += 1;
    if (looks < LOOKS) wait();
    else onOver();
  };
  const wait = (): void => {
    timer = setTimeout(look, ms / LOOKS);
  };
  wait();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
