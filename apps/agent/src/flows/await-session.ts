import { sleep } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import type { Context } from "../context.ts";

const KNOWN_MS = 5_000;

/** Seen with opencode 1.18: a stream that lives, and on which a session that was created does not come. */
const DOUBT_MS = 1_000;

/** Waits until a session that was just created has come through opencode's events, and asks for it where it does not. */
export async function awaitSession(context: Context, sessionId: string): Promise<void> {
  const began = context.clock.monotonic();
  let doubted = false;
  while (context.book.get(sessionId)?.managed !== true) {
    if (context.stopping.aborted) throw new HalError("interrupted", "the agent is stopping");
    const waitedMs = context.clock.monotonic() - began;
    if (waitedMs > DOUBT_MS && !doubted) {
      doubted = true;
      context.log.warn({ session: sessionId }, "opencode did not tell of a session that it created; comparing again");
      context.followed.onDoubt();
    }
    if (waitedMs > KNOWN_MS)
      throw new HalError(
        "opencode_error",
        `opencode created ${sessionId} and did not tell of it within ${KNOWN_MS / 1000} s`,
      );
    await sleep(10, context.stopping);
  }
}
