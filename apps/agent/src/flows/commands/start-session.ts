import { type CommandArgs, HalError } from "@hal/protocol";
import type { ExecutionRow } from "@hal/store/agent";
import type { Context } from "../../context.ts";
import { awaitSession } from "../await-session.ts";
import type { Handler } from "./index.ts";
import { hasArrived, post } from "./prompt-session.ts";

export const startSession: Handler<"session.start"> = async (context, args, commandId) => {
  const project = context.projects().find(({ name }) => name === args.project);
  if (project === undefined) throw new HalError("not_found", `this node has no project ${args.project}`);
  if (project.state !== "ready")
    throw new HalError(
      "project_unavailable",
      `project ${project.name} is ${project.state}${project.reason === undefined ? "" : `: ${project.reason}`}`,
    );
  const sessionId = await context.opencode.api().createSession({
    directory: project.directory,
    title: args.title,
    model: args.model,
    agent: args.agent,
    metadata: { hal: commandId },
  });
  return begin(context, sessionId, args, commandId);
};

/** The session is there: give it its first prompt, or say that it is idle. */
async function begin(
  context: Context,
  sessionId: string,
  args: CommandArgs<"session.start">,
  commandId: string,
): Promise<{ sessionId: string; messageId?: string }> {
  await awaitSession(context, sessionId);
  if (args.prompt === undefined) {
    context.book.open(sessionId).doing({ type: "idle" }, context.clock.now());
    await context.book.write();
    return { sessionId };
  }
  const prompt = { sessionId, text: args.prompt, model: args.model, agent: args.agent };
  return { sessionId, messageId: await post(context, commandId, prompt) };
}

/** A session that carries the command's id was created; whether its prompt arrived is looked up, too. */
export async function recoverStart(context: Context, row: ExecutionRow): Promise<unknown> {
  const args = row.args as CommandArgs<"session.start">;
  const project = context.projects().find(({ name }) => name === args.project);
  const sessions = project === undefined ? [] : await context.opencode.api().sessions(project.directory);
  const session = sessions.find(({ metadata }) => metadata?.["hal"] === row.commandId);
  if (session === undefined)
    throw new HalError("interrupted", "the agent ended before the session was created; start it again");
  if (args.prompt === undefined) return { sessionId: session.id };
  if (row.messageId !== null && (await hasArrived(context, session.id, row.messageId)))
    return { sessionId: session.id, messageId: row.messageId };
  // the session is ours and empty: its prompt was never posted, so posting it now posts it once
  return begin(context, session.id, args, row.commandId);
}
