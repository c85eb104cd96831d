import { HalError, isAtRest } from "@hal/protocol";
import { openCommandsOf } from "@hal/store/supervisor";
import type { Handler } from "../../operations/handler.ts";
import { issueCommand, oncePerKey } from "../commands/issue-command.ts";
import { refuseWaiting } from "../prompts/prompt-session.ts";
import { resolveSession } from "../references/resolve-session.ts";
import { hasEnded } from "../sessions/restart-session.ts";
import { commandReply } from "../sessions/session-commands.ts";
import type { Context } from "./context.ts";

/** Commands after which a session does not rest any more, and what it is until then. */
const BEGINS: ReadonlyMap<string, string> = new Map([
  ["session.prompt", "about to go on"],
  ["session.restart", "being restarted"],
  ["session.kill", "being killed"],
]);

/** What a policy does to a session that rests, a person has done. */
const resume: Handler<"sessions.resume", Context> = async (context, input, caller) => {
  const command = await oncePerKey(context, caller, input.wait_ms, async () => {
    const session = await resolveSession(context, input.ref);
    const { id: sessionId, nodeId, project } = session;
    if (session.status === "ended") throw hasEnded(session);
    await refuseWaiting(context, session);
    if (!isAtRest(session.status))
      throw new HalError(
        "conflict",
        `session ${sessionId} is ${session.status}: there is nothing to resume; to tell it something: halctl sessions prompt ${sessionId} …`,
      );
    const begun = (await openCommandsOf(context.store, nodeId)).find(
      (one) => one.sessionId === sessionId && BEGINS.has(one.type),
    );
    if (begun !== undefined)
      throw new HalError(
        "conflict",
        `session ${sessionId} is ${BEGINS.get(begun.type)}: ${begun.id} of ${begun.actor} is on its way`,
      );
    return issueCommand(context, caller, {
      type: "session.prompt",
      args: { sessionId, text: context.resumePrompt() },
      nodeId,
      project,
      sessionId,
      deadlineMs: input.deadline_ms,
      waitMs: input.wait_ms,
    });
  });
  return commandReply(context, command);
};

export const resumeHandlers = { "sessions.resume": resume };
