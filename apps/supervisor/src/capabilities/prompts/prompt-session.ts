import { newUuid } from "@hal/daemon";
import { HalError, type ParsedInput, type PromptReply } from "@hal/protocol";
import {
  commandById,
  type CommandRow,
  listInteractions,
  listPrompt,
  promptOfKey,
  type PromptRow,
  type SessionRow,
} from "@hal/store/supervisor";
import { answerSteps } from "@hal/words";
import type { Caller, Handler } from "../../operations/handler.ts";
import { idempotencyOf, keyWasUsed } from "../../operations/idempotency.ts";
import { awaitOutcome, issueCommand, oncePerKey, refuseTooLarge } from "../commands/issue-command.ts";
import { heldFailure } from "../commands/refuse-held.ts";
import { refuseUnshaped } from "../commands/refuse-unshaped.ts";
import { resolveSession } from "../references/resolve-session.ts";
import { describeSessions } from "../sessions/describe-session.ts";
import { hasEnded } from "../sessions/restart-session.ts";
import { commandReply } from "../sessions/session-commands.ts";
import type { Context } from "./context.ts";
import { describePrompt } from "./describe-prompts.ts";
import { takeFiles, type WithFiles } from "./take-files.ts";

const prompt: Handler<"sessions.prompt", Context> = async (context, input, caller) => {
  const known = await knownPrompt(context, caller);
  if (known !== undefined) return replyOf(context, known, input.wait_ms, caller);
  const { delivery } = input;
  if (delivery !== undefined) {
    const listed = await wait(context, { ...input, delivery }, caller);
    return { ...(await replyOf(context, listed.prompt, input.wait_ms, caller)), untaken: listed.untaken };
  }
  let untaken: PromptReply["untaken"] = [];
  const command = await oncePerKey(context, caller, input.wait_ms, async () => {
    const session = await sessionToPrompt(context, input);
    const whole = await takeFiles(context, session, input, caller);
    untaken = [...whole.untaken];
    return issueCommand(context, caller, {
      type: "session.prompt",
      args: argumentsOf(session, { ...input, ...whole }),
      nodeId: session.nodeId,
      project: session.project,
      sessionId: session.id,
      deadlineMs: input.deadline_ms,
      waitMs: input.wait_ms,
    });
  });
  return { ...(await commandReply(context, command)), prompt: null, untaken };
};

/** What this caller's key stands for already. */
async function knownPrompt(context: Context, caller: Caller): Promise<PromptRow | undefined> {
  const key = idempotencyOf(caller);
  const known = key === undefined ? undefined : await promptOfKey(context.store, key);
  if (known?.kind === "conflict") throw keyWasUsed();
  return known?.prompt;
}

type Input = ParsedInput<"sessions.prompt">;

/** Puts a prompt into its session's list; where nothing has to be waited for, it is sent at once. */
async function wait(
  context: Context,
  input: Input & Required<Pick<Input, "delivery">>,
  caller: Caller,
): Promise<{ readonly prompt: PromptRow; readonly untaken: PromptReply["untaken"] }> {
  const session = await sessionToPrompt(context, input);
  const { text, files, untaken } = await takeFiles(context, session, input, caller);
  const args = argumentsOf(session, { ...input, text, files });
  refuseTooLarge(args);
  await refuseUnshaped(context, session.nodeId, args);
  const { model = null, agent = null, format = null, delivery, anyway } = input;
  const overBudget = await context.beginGate.admit({ ...session, sessionId: session.id });
  if (overBudget !== undefined) throw overBudget;
  const refusal = heldFailure(context, session);
  if (refusal !== undefined) throw await refusal;
  // nothing is waited for in between: a hold that is made meanwhile finds it in the list
  const listed = await listPrompt(
    context.store,
    {
      id: `prm_${newUuid()}`,
      nodeId: session.nodeId,
      sessionId: session.id,
      project: session.project,
      text,
      model,
      agent,
      format,
      files: files.length === 0 ? null : files,
      delivery: delivery as "queue" | "steer",
      anyway,
      actor: caller.actor,
      createdAt: context.clock.now(),
    },
    idempotencyOf(caller),
  );
  if (listed.kind === "conflict") throw keyWasUsed();
  await context.promptSender.sendOf(session.nodeId, session.id);
  return { prompt: listed.prompt, untaken: [...untaken] };
}

/** The session that is meant, unless it takes no prompt now. */
async function sessionToPrompt(context: Context, { ref, anyway }: Input): Promise<SessionRow> {
  const session = await resolveSession(context, ref);
  if (session.status === "ended") throw hasEnded(session);
  if (!anyway) await refuseWaiting(context, session);
  return session;
}

/** Whoever prompts a session that waits for an answer may mean to give that, or not know of it. */
export async function refuseWaiting(context: Context, session: SessionRow): Promise<void> {
  const [view] = await describeSessions(context, [session]);
  if (view?.status !== "waiting") return;
  const [asked] = await listInteractions(context.store, { state: "open", session, limit: 1 });
  const how = asked === undefined ? "halctl interactions list" : answerSteps(asked).map(({ command }) => command)[0];
  throw new HalError(
    "conflict",
    `session ${session.id} is ${view.reason}; answer first: ${how}; or give the prompt with --anyway`,
    { details: { waits_for: asked?.id ?? null, kind: asked?.kind ?? null } },
  );
}

function argumentsOf(
  { id: sessionId }: SessionRow,
  { text, model, agent, format, files }: Omit<Input, "files"> & Pick<WithFiles, "files">,
) {
  return {
    sessionId,
    text,
    ...(model === undefined ? {} : { model }),
    ...(agent === undefined ? {} : { agent }),
    ...(format === undefined ? {} : { format }),
    ...(files.length === 0 ? {} : { files: [...files] }),
  };
}

/** What became of a prompt so far; of one that was sent, once its command has its outcome or the time is over. */
async function replyOf(context: Context, { id }: PromptRow, waitMs: number, { signal }: Caller): Promise<PromptReply> {
  const before = await describePrompt(context, id);
  if (before.command_id === null || before.state !== "sent")
    return { command: null, session_id: before.session_id, message_id: null, prompt: before, untaken: [] };
  const known: CommandRow | undefined = await commandById(context.store, before.command_id);
  if (known === undefined)
    return { command: null, session_id: before.session_id, message_id: null, prompt: before, untaken: [] };
  const command = await awaitOutcome(context, known.id, waitMs, signal);
  return { ...(await commandReply(context, command)), prompt: await describePrompt(context, id), untaken: [] };
}

export const promptSessionHandlers = { "sessions.prompt": prompt };
