import type { CommandReply, ErrorBody } from "@hal/protocol";
import { cancelPrompts, type CommandRow, openCommandsOf, type SessionRow } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { describeCommand } from "../commands/describe-command.ts";
import type { Caller, Handler } from "../../operations/handler.ts";
import { issueCommand, oncePerKey } from "../commands/issue-command.ts";
import { requestCancel } from "../commands/request-cancel.ts";
import { resolveSession } from "../references/resolve-session.ts";
import { refuseOlder, restartSession } from "./restart-session.ts";
import { sessionToEnd } from "./session-to-end.ts";
import { startSession } from "./start-session.ts";

const start: Handler<"sessions.start", Context> = async (context, input, caller) =>
  commandReply(context, await startSession(context, caller, input));

const abort: Handler<"sessions.abort", Context> = (context, input, caller) =>
  once(context, caller, input.wait_ms, async () => {
    const session = await resolveSession(context, input.ref);
    return issueCommand(context, caller, {
      type: "session.abort",
      args: { sessionId: session.id },
      ...target(session, input),
    });
  });

const restart: Handler<"sessions.restart", Context> = (context, input, caller) =>
  once(context, caller, input.wait_ms, async () =>
    restartSession(context, caller, {
      session: await sessionToEnd(context, input.ref, "restart"),
      handover: !input.plain,
      timeoutMs: input.timeout_seconds * 1_000,
      ...(input.prompt === undefined ? {} : { prompt: input.prompt }),
      deadlineMs: input.deadline_ms,
      waitMs: input.wait_ms,
    }),
  );

const kill: Handler<"sessions.kill", Context> = (context, input, caller) =>
  once(context, caller, input.wait_ms, async () => {
    const session = await sessionToEnd(context, input.ref, "kill");
    if (input.purge) await refuseOlder(context, session.nodeId, "delete a history");
    await takePromptsBack(context, caller, session);
    return issueCommand(context, caller, {
      type: "session.kill",
      args: { sessionId: session.id, ...(input.purge ? { purge: true } : {}) },
      ...target(session, input),
    });
  });

/** What was still to be said to a session that is killed is not said any more. */
async function takePromptsBack(context: Context, { actor }: Caller, session: SessionRow): Promise<void> {
  const now = context.clock.now();
  await cancelPrompts(context.store, { session }, { actor, now, reason: `its session was killed by ${actor}` });
  for (const { id, type, sessionId } of await openCommandsOf(context.store, session.nodeId))
    if (type === "session.prompt" && sessionId === session.id) await requestCancel(context, id);
}

function target(session: SessionRow, input: { readonly deadline_ms?: number | undefined; readonly wait_ms: number }) {
  return {
    nodeId: session.nodeId,
    project: session.project,
    sessionId: session.id,
    deadlineMs: input.deadline_ms,
    waitMs: input.wait_ms,
  };
}

async function once(
  context: Context,
  caller: Caller,
  waitMs: number,
  make: () => Promise<CommandRow>,
): Promise<CommandReply> {
  return commandReply(context, await oncePerKey(context, caller, waitMs, make));
}

/** A command that is about a session, and which session that is once it is known. */
export async function commandReply(context: Context, command: CommandRow): Promise<CommandReply> {
  const output = command.output as { readonly sessionId?: string; readonly messageId?: string } | null;
  // a start, or a restart, that failed after its session was created names it
  const failed = (command.error as ErrorBody | null)?.details as { readonly sessionId?: unknown } | undefined;
  const created = typeof failed?.sessionId === "string" ? failed.sessionId : null;
  return {
    command: await describeCommand(context, command),
    // of a restart the one that goes on
    session_id: output?.sessionId ?? created ?? command.sessionId,
    message_id: output?.messageId ?? null,
  };
}

export const sessionCommandHandlers = {
  "sessions.start": start,
  "sessions.abort": abort,
  "sessions.restart": restart,
  "sessions.kill": kill,
};
