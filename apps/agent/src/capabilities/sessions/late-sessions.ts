import { errorText } from "@hal/daemon";
import type { CommandArgs } from "@hal/protocol";
import { correctExecution, type ExecutionRow, unclearExecutions } from "@hal/store/agent";
import type { BackEnd } from "../../back-end.ts";
import type { Context } from "../../context.ts";
import { type SourceSession, sourceError } from "../../domain/source-fact.ts";
import { isUnclear, saidOf } from "../../domain/unclear-error.ts";

/** Starts that were told to have failed, while nobody knew whether opencode would create their session. */
export function startsWithoutSession({ store }: Context): Promise<ExecutionRow[]> {
  return unclearExecutions(store, "session.start");
}

/** Calls `onLate` when a session shows up that may be of such a start; returns how to stop. */
export function watchLateSessions(context: Context, onLate: () => void): () => void {
  return context.book.listen(({ type, session, data }) => {
    if (type !== "session.started" || session === undefined || data.external) return;
    lookForStarts(context, onLate).catch((error: unknown) =>
      context.log.error({ error }, "it could not be looked for the start of a session"),
    );
  });
}

async function lookForStarts(context: Context, onLate: () => void): Promise<void> {
  if ((await startsWithoutSession(context)).length > 0) onLate();
}

/**
 * Says of a session that carries the id of such a start that it is its, and of the start that it has this session: both
 * ways, once. The prompt is not sent: whoever was told that the start failed may have asked for it again.
 */
export async function tellLateSession(
  context: Context,
  api: BackEnd,
  { session, start }: { readonly session: SourceSession; readonly start: ExecutionRow },
): Promise<void> {
  const { book, clock, log } = context;
  const { commandId } = start;
  const of = await promptWords(api, session.id, start).catch((problem: unknown) => {
    // the next comparison asks again
    log.warn({ session: session.id, problem: errorText(problem) }, "opencode does not say whether a prompt is there");
  });
  if (of === undefined) return;
  log.warn(
    { session: session.id, command: commandId },
    "opencode created the session of a start that was told as failed",
  );
  const teller = book.open(session.id);
  // what a turn of it came to says more
  if (teller.saved.turn?.kind === "none" && teller.status !== "ended") {
    const message = `it was created after its start (${commandId}) was told to have failed, and ${of}`;
    teller.failed(sourceError("StartError", message), clock.now());
  }
  await book.write();
  const message = `session ${session.id} of this start was created after all, and ${of}`;
  await correctExecution(context.store, start, { sessionId: session.id, message }, clock.now());
}

/** What became of the start's prompt. */
async function promptWords(api: BackEnd, sessionId: string, { args, messageId }: ExecutionRow): Promise<string> {
  const { prompt } = args as CommandArgs<"session.start">;
  if (prompt === undefined) return "has no prompt yet; give it one, or kill it";
  try {
    const hasIt = messageId !== null && (await saidOf(api.hasPrompt(sessionId, messageId)));
    return hasIt ? "the prompt is in it" : "the prompt was not given to it; prompt it, or kill it";
  } catch (error) {
    if (!isUnclear(error)) throw error;
    return `whether the prompt is in it cannot be known: ${error.message}`;
  }
}
