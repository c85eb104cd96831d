import { setTimeout as delay } from "node:timers/promises";

/**
 * Looks again until `look` returns without throwing; after the time is over it throws what it threw last. What no waiting mends, such
 * as a look that reads a property of nothing, it throws at once.
 */
export async function eventually<T>(look: () => Promise<T> | T, withinMs = 20_000): Promise<T> {
  const limit = performance.now() + withinMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!mayComeRight(error) || performance.now() > limit) throw error;
      await delay(100);
    }
  }
}

/** Whether it is an expectation that is not met, a look's own complaint, or a refusal of the system or the network. */
function mayComeRight(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "AssertionError" || error.name === "TimeoutError") return true;
  // fetch hides the network's error in one of its own
  return error.constructor === Error || (error.message === "fetch failed" && error.cause !== undefined);
}
