import { sleep } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import type { Context } from "../../context.ts";
import { UnclearError } from "../../domain/unclear-error.ts";

/** Seen with opencode 1.18: a stream that lives, and on which a session that was created does not come. */
const DOUBT_MS = 1_000;

/** Waits until a session that was just created is known: by opencode's events, or, where they do not tell of it, by asking for it. */
export async function awaitSession(context: Context, sessionId: string): Promise<void> {
  const began = context.clock.monotonic();
  while (context.book.get(sessionId)?.managed !== true) {
    if (context.stopping.aborted) throw new UnclearError("interrupted", "the agent is stopping");
    if (context.clock.monotonic() - began > DOUBT_MS) return askFor(context, sessionId);
    await sleep(10, context.stopping);
  }
}

async function askFor(context: Context, sessionId: string): Promise<void> {
  context.log.warn({ session: sessionId }, "opencode did not tell of a session that it created; asking for it");
  context.followed.onDoubt();
  const session = await context.opencode.api().findSession(sessionId);
  if (session === undefined)
    throw new HalError("opencode_error", `opencode created session ${sessionId} and does not have it any more`);
  const teller = context.book.open(sessionId);
  teller.session(session);
  await context.book.write();
  if (!teller.managed)
    throw new HalError(
      "opencode_error",
      `opencode put session ${sessionId} into ${session.directory}, which is in no project of this node`,
    );
}
