import { setTimeout as delay } from "node:timers/promises";

/** Looks again until `look` returns without throwing; after the time is over it throws what it threw last. */
export async function eventually<T>(look: () => Promise<T> | T, withinMs = 20_000): Promise<T> {
  const limit = performance.now() + withinMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > limit) throw error;
      await delay(100);
    }
  }
}
