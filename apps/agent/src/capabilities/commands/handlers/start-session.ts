import { type CommandArgs, HalError } from "@hal/protocol";
import { sleep } from "@hal/daemon";
import type { Context } from "../../../context.ts";
import { type ExecutionRow, wasStoppedAfter } from "@hal/store/agent";
import { type PromptUnderWay, stoppedBefore } from "../../sessions/prompts-under-way.ts";
import { sessionOfStart } from "../../sessions/domain/session-of-start.ts";
import { type SourceSession, sourceError } from "../../../domain/source-fact.ts";
import { isUnclear, saidOf, UnclearError } from "../../../domain/unclear-error.ts";
import { mayStart } from "../may-start.ts";
import { awaitSession } from "../await-session.ts";
import type { Handler, Recovery } from "./index.ts";
import { refuseBeside } from "./refuse-beside.ts";
import { hasArrived, isOtherRun, post, savesId } from "./prompt-session.ts";

/** How often, and how far apart, a session is looked for that opencode may be about to create. */
const LOOKS = 20;
const LOOK_EVERY_MS = 250;

type Started = { sessionId: string; messageId?: string };

interface Start {
  readonly args: CommandArgs<"session.start">;
  readonly commandId: string;
  /** undefined where it begins no turn */
  readonly underWay: PromptUnderWay | undefined;
}

export const startSession: Handler<"session.start"> = async (context, args, commandId) => {
  using underWay = promptUnderWay(context, args, commandId);
  const project = context.projects().find(({ name }) => name === args.project);
  if (project === undefined) throw new HalError("not_found", `this node has no project ${args.project}`);
  if (project.state !== "ready")
    throw new HalError(
      "project_unavailable",
      `project ${project.name} is ${project.state}${project.reason === undefined ? "" : `: ${project.reason}`}`,
    );
  await mayStart(context, args, project.directory);
  // whoever stopped everything meanwhile stopped this, too
  underWay?.refuseStopped();
  if (args.alone === true) await refuseBeside(context, project);
  const { directory } = project;
  const place = args.worktree === true ? await context.worktrees.make(project, commandId) : directory;
  const sessionId = await context.opencode.api().createSession({
    directory: context.places.real(place),
    title: args.title,
    model: args.model,
    agent: args.agent,
    commandId,
  });
  return await orBothSaySo(context, { sessionId, commandId }, () =>
    begin(context, sessionId, { args, commandId, underWay }),
  );
};

/** The session is there: give it its first prompt, or say that it is idle. */
async function begin(context: Context, sessionId: string, { args, commandId, underWay }: Start): Promise<Started> {
  await awaitSession(context, sessionId);
  if (args.prompt === undefined || underWay === undefined) {
    context.book.open(sessionId).doing({ type: "idle" }, context.clock.now());
    await context.book.write();
    return { sessionId };
  }
  const { prompt: text, model, agent, format } = args;
  return {
    sessionId,
    messageId: await post(
      context,
      { save: savesId(context, commandId), underWay },
      { sessionId, text, model, agent, format },
    ),
  };
}

/** Where a start fails after its session was created, the failure names the session, and the session's reason the command. */
async function orBothSaySo(
  context: Context,
  { sessionId, commandId }: { readonly sessionId: string; readonly commandId: string },
  start: () => Promise<Started>,
): Promise<Started> {
  try {
    return await start();
  } catch (error) {
    if (isUnclear(error) || !(error instanceof HalError)) throw error;
    const message = `its start (${commandId}) failed after it was created: ${error.message}`;
    if (context.book.get(sessionId)?.managed === true) {
      context.book.open(sessionId).failed(sourceError("StartError", message), context.clock.now());
      await context.book.write();
    }
    const told = error.message.includes(sessionId)
      ? error.message
      : `session ${sessionId} was created, but ${error.message}`;
    throw new HalError(error.code, told, { cause: error, details: { sessionId } });
  }
}

/** A session that carries the command's id was created, and the start goes on with it; whether its prompt arrived is looked up, too. */
export const recoverStart: Recovery<"session.start"> = async (context, { args, row, why }) => {
  const { commandId } = row;
  const session = await sessionOf(context, args, row);
  if (session === undefined)
    throw new HalError("interrupted", `${why}, and opencode has no session of this start; start it again`);
  const { id: sessionId } = session;
  return orBothSaySo(context, { sessionId, commandId }, async () => {
    if (args.prompt === undefined) return { sessionId };
    if (row.messageId !== null && (await hasArrived(context, sessionId, row)))
      return { sessionId, messageId: row.messageId };
    const isUnposted = row.messageId === null || isOtherRun(context.opencode.api().run, row.run);
    // the session is ours and empty, and what was posted before is lost with its opencode: posting it now posts it once
    if (isUnposted) return beginAgain(context, sessionId, { args, commandId });
    throw new HalError("interrupted", `${why}, and the prompt is not in it; look there before you send it again`);
  });
};

/** Everything may have been stopped while nobody was at this start, as when the agent was away. */
async function beginAgain(
  context: Context,
  sessionId: string,
  { args, commandId }: Omit<Start, "underWay">,
): Promise<Started> {
  using underWay = promptUnderWay(context, args, commandId);
  if (await wasStoppedAfter(context.store, commandId, args.project)) throw stoppedBefore();
  return await begin(context, sessionId, { args, commandId, underWay });
}

function promptUnderWay(
  { prompts }: Context,
  { prompt, project }: CommandArgs<"session.start">,
  commandId: string,
): PromptUnderWay | undefined {
  return prompt === undefined ? undefined : prompts.begin(commandId, { project });
}

async function sessionOf(
  context: Context,
  { project: projectName, worktree }: CommandArgs<"session.start">,
  row: Pick<ExecutionRow, "commandId" | "args" | "run">,
): Promise<SourceSession | undefined> {
  const project = context.projects().find(({ name }) => name === projectName);
  if (project === undefined) return undefined;
  const place = worktree === true ? await context.worktrees.directoryFor(project, row.commandId) : project.directory;
  for (let look = 1; ; look += 1) {
    const api = context.opencode.api();
    const sessions = await saidOf(api.sessions(context.places.real(place)));
    const found = sessionOfStart(sessions, row);
    if (found !== undefined || look === LOOKS || isOtherRun(api.run, row.run)) return found;
    if (context.stopping.aborted) throw new UnclearError("interrupted", "the agent is stopping");
    await sleep(LOOK_EVERY_MS, context.stopping);
  }
}
