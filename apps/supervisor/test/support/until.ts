import { vi } from "vitest";

/** Looks again until `look` throws no more; a busy machine is waited for. */
export function until<T>(look: () => T | Promise<T>, withinMs = 20_000): Promise<T> {
  return vi.waitFor(look, withinMs);
}
