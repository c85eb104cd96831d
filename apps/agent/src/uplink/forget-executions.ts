import type { Clock } from "@hal/daemon";
import { type AgentStore, forgetCounted, forgetExecutions } from "@hal/store/agent";

/** How long the agent remembers what came of a command (protocol §5.2), and what messages were counted for. */
const KEEP_MS = 30 * 86_400_000;
const FORGET_EVERY_MS = 3_600_000;

/** Forgets now and then what was done long ago, on both clocks: one that is wrong must not make the agent forget too soon. */
export function executionForgetter(store: AgentStore, clock: Clock): (serverTime: number) => Promise<void> {
  let forgotAt = Number.NEGATIVE_INFINITY;
  return async (serverTime) => {
    if (clock.monotonic() - forgotAt < FORGET_EVERY_MS) return;
    forgotAt = clock.monotonic();
    const before = Math.min(serverTime, clock.now()) - KEEP_MS;
    await forgetExecutions(store, before);
    await forgetCounted(store, before);
  };
}
