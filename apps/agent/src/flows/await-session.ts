import { sleep } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import type { Context } from "../context.ts";

const KNOWN_MS = 5_000;

/** Waits until a session that was just created has come through opencode's events. */
export async function awaitSession(context: Context, sessionId: string): Promise<void> {
  const limit = context.clock.monotonic() + KNOWN_MS;
  while (context.book.get(sessionId)?.managed !== true) {
    if (context.stopping.aborted) throw new HalError("interrupted", "the agent is stopping");
    if (context.clock.monotonic() > limit)
      throw new HalError(
        "opencode_error",
        `opencode created ${sessionId} and did not tell of it within ${KNOWN_MS / 1000} s`,
      );
    await sleep(10, context.stopping);
  }
}
