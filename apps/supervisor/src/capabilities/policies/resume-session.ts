import { type CommandType, HalError, isAtRest } from "@hal/protocol";
import type { Handler } from "../../operations/handler.ts";
import { issueCommand, oncePerKey } from "../commands/issue-command.ts";
import { unlessBegun } from "../commands/unless-begun.ts";
import { refuseWaiting } from "../prompts/prompt-session.ts";
import { resolveSession } from "../references/resolve-session.ts";
import { hasEnded } from "../sessions/restart-session.ts";
import { commandReply } from "../sessions/session-commands.ts";
import type { Context } from "./context.ts";

/** Commands after which a session does not rest any more, and what it is until then. */
const BEGINS: ReadonlyMap<CommandType, string> = new Map([
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
    return issueCommand(context, caller, {
      type: "session.prompt",
      args: { sessionId, text: context.resumePrompt() },
      nodeId,
      project,
      sessionId,
      deadlineMs: input.deadline_ms,
      waitMs: input.wait_ms,
      queue: unlessBegun(context, [...BEGINS.keys()], ({ id, type, actor }) => {
        const what = BEGINS.get(type as CommandType);
        return new HalError("conflict", `session ${sessionId} is ${what}: ${id} of ${actor} is on its way`);
      }),
    });
  });
  return commandReply(context, command);
};

export const resumeHandlers = { "sessions.resume": resume };
