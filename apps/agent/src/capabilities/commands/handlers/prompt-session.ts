import { type CommandArgs, HalError } from "@hal/protocol";
import { sleep } from "@hal/daemon";
import { type ExecutionRow, saveMessageId } from "@hal/store/agent";
import type { Context } from "../../../context.ts";
import { saidOf, UnclearError } from "../../../domain/unclear-error.ts";
import type { PromptUnderWay } from "../../sessions/prompts-under-way.ts";
import { isAtWork } from "../../sessions/domain/turn.ts";
import { bootInstance } from "../../projects/boot-instance.ts";
import { awaitTurn } from "../await-turn.ts";
import type { Handler, Recovery } from "./index.ts";

/** How long a prompt that was posted may take to become a message: the first one of a directory boots its instance. */
const ARRIVE_MS = 10_000;
const LOOK_EVERY_MS = 250;

export const promptSession: Handler<"session.prompt"> = async (context, args, commandId) => {
  const { project } = context.book.get(args.sessionId)?.saved ?? {};
  using underWay = context.prompts.begin(commandId, { project, sessionId: args.sessionId });
  if (!(await context.opencode.api().hasSession(args.sessionId)))
    throw new HalError("not_found", `opencode has no session ${args.sessionId} any more`);
  refuseEnded(context, args.sessionId);
  if (args.delivery === "queue") refuseAtWork(context, args.sessionId);
  const messageId = await post(context, { save: savesId(context, commandId), underWay }, args);
  return { sessionId: args.sessionId, messageId };
};

export function refuseEnded(context: Context, sessionId: string): void {
  const known = context.book.get(sessionId);
  if (known?.status !== "ended") return;
  const { continuedBy } = known.saved;
  throw continuedBy === undefined
    ? new HalError("conflict", `session ${sessionId} has ended; start another one`)
    : new HalError("conflict", `session ${sessionId} was restarted and has ended; it goes on as ${continuedBy}`);
}

/** Whoever had it wait for a session to rest is told that it does not, and has it wait longer. */
function refuseAtWork(context: Context, sessionId: string): void {
  if (isAtWork(context.book.get(sessionId)?.status))
    throw new HalError("conflict", `session ${sessionId} is at work, and the prompt was to wait until it rests`, {
      details: { atWork: true },
    });
}

/** Under which id a prompt is about to be posted, and to which run of opencode. */
export interface Posted {
  readonly messageId: string;
  readonly run: string;
}

/** Saves with a command's execution what it is about to post. */
export function savesId({ store }: Context, commandId: string) {
  return (posted: Posted): Promise<void> => saveMessageId(store, commandId, posted);
}

/** Posts a prompt under an id that is saved first, and waits until opencode is at it (protocol §5.3). */
export async function post(
  context: Context,
  { save, underWay }: { readonly save: (posted: Posted) => Promise<void>; readonly underWay: PromptUnderWay },
  { sessionId, text, model, agent, format, files }: CommandArgs<"session.prompt">,
): Promise<string> {
  await bootInstance(context, sessionId);
  const api = context.opencode.api();
  const messageId = api.newMessageId(context.clock.now());
  await save({ messageId, run: api.run });
  underWay.post();
  const turn = awaitTurn(context, sessionId, messageId);
  try {
    await api.prompt({ sessionId, messageId, text, model, agent, format, files });
    await turn.begun;
  } finally {
    turn.stop();
  }
  return messageId;
}

export const recoverPrompt: Recovery<"session.prompt"> = async (context, { args: { sessionId }, row, why }) => {
  const { messageId } = row;
  if (messageId === null)
    throw new HalError("interrupted", `${why}, before the prompt was given to opencode; send it again`);
  if (await hasArrived(context, sessionId, row)) return { sessionId, messageId };
  throw new HalError(
    "interrupted",
    `${why}, and the prompt is not in session ${sessionId}; look there before you send it again: halctl sessions logs ${sessionId}`,
  );
};

/**
 * Whether a prompt that may have been posted is in its session. One that was posted a moment ago takes its time, as long as
 * the opencode lives that it was posted to.
 */
export async function hasArrived(
  context: Context,
  sessionId: string,
  { messageId, run }: Pick<ExecutionRow, "messageId" | "run">,
): Promise<boolean> {
  if (messageId === null) return false; // the id is kept before the post
  const limit = context.clock.monotonic() + ARRIVE_MS;
  for (;;) {
    const api = context.opencode.api();
    if (await saidOf(api.hasPrompt(sessionId, messageId))) return true;
    if (isOtherRun(api.run, run) || context.clock.monotonic() > limit) return false;
    if (context.stopping.aborted) throw new UnclearError("interrupted", "the agent is stopping");
    await sleep(LOOK_EVERY_MS, context.stopping);
  }
}

/** Whether the opencode that something was asked of is gone, so that nothing comes of it any more. */
export function isOtherRun(now: string, asked: string | null): boolean {
  return asked !== null && asked !== now;
}
