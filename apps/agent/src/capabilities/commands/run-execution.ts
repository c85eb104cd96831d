import {
  type CommandFrame,
  COMMANDS,
  describeIssue,
  errorBodyOf,
  HalError,
  isCommandType,
  isStanding,
} from "@hal/protocol";
import { sleep } from "@hal/daemon";
import {
  beginExecution,
  describeStorageProblem,
  executionById,
  type ExecutionRow,
  finishExecution,
  isStorageProblem,
  type Outcome,
} from "@hal/store/agent";
import * as v from "valibot";
import { refuseUnable } from "../../back-end.ts";
import type { Context } from "../../context.ts";
import { doneAgain, isRefused, isUnclear } from "../../domain/unclear-error.ts";
import { workOf } from "./handlers/index.ts";
import { outcomeOfKey } from "./known-execution.ts";
import { refuseToBegin } from "./refuse-to-begin.ts";
import { sessionIn } from "./session-in.ts";
import { traceOutcome } from "./trace-run.ts";
import { untilSaved } from "./until-saved.ts";

const LOOK_UP_AGAIN_MS = 500;

/** How often an opencode that is up and does not answer is asked what became of a command. */
const LOOKS = 5;

/** Records that a command begins; false where it was begun before. */
export async function begin(context: Context, frame: CommandFrame): Promise<boolean> {
  const { store, clock } = context;
  const command = { commandId: frame.id, type: frame.command, args: frame.args, key: frame.key };
  return untilSaved(context, () => beginExecution(store, command, clock.now()));
}

/** Does a command that was begun just now, and tells its outcome. */
export async function runExecution(context: Context, frame: CommandFrame): Promise<void> {
  const outcome = (await outcomeOfKey(context, frame)) ?? (await attempt(context, frame));
  if (outcome.state !== "unclear") return finish(context, frame.id, outcome);
  const row = await executionById(context.store, frame.id);
  if (row !== undefined) await lookUp(context, row, outcome.why);
}

/** What fails before opencode was asked for anything was certainly not done; from then on that may be unclear. */
async function attempt(
  context: Context,
  frame: CommandFrame,
): Promise<Outcome | { readonly state: "unclear"; readonly why: string }> {
  try {
    const work = prepare(context, frame);
    try {
      return { state: "succeeded", output: await work() };
    } catch (error) {
      if (!isUnclear(error) || changesNothing(frame.command)) throw error;
      context.log.warn({ command: frame.id, problem: error.message }, "it is unclear what became of a command");
      return { state: "unclear", why: error.message };
    }
  } catch (error) {
    return failureOf(context, frame.id, error);
  }
}

function prepare(context: Context, frame: CommandFrame): () => Promise<unknown> {
  const known = judged(frame.command, frame.args);
  if (known === undefined)
    throw new HalError("bad_request", `this agent does not know the command ${frame.command}; upgrade it`);
  const { work, args } = known;
  if (!args.success) throw new HalError("bad_request", args.issues.map(describeIssue).join("; "));
  if (work.beginsTurn === true)
    refuseToBegin(context, { project: work.projectOf?.(context, args.output), sessionId: sessionIn(args.output) });
  if (work.needs === "opencode") refuseUnable(context.opencode.api(), work.abilities?.(context, args.output) ?? []);
  return () => work.run(context, args.output, frame.id);
}

/** What is done for a command, and its arguments as far as they fit; undefined where this agent does not know it. */
function judged(type: string, args: unknown) {
  const work = workOf(type);
  return work === undefined || !isCommandType(type)
    ? undefined
    : { work, args: v.safeParse(COMMANDS[type].args, args) };
}

/** Finds out what became of a command that had begun; an agent that stops leaves that to its next run. */
export async function lookUp(context: Context, row: ExecutionRow, why: string): Promise<void> {
  const { opencode, stopping } = context;
  const { commandId } = row;
  for (let looks = 0; !stopping.aborted;) {
    await opencode.waitUp(stopping);
    try {
      const output = await recovered(context, row, why);
      await finish(context, commandId, { state: "succeeded", output });
      return;
    } catch (error) {
      if (stopping.aborted) return;
      // an opencode that ended meanwhile has told nothing: the next one is asked
      if (!isUnclear(error)) return leave(context, commandId, error);
      // one that stops something, or would leave it halfway, is tried until opencode answers; a refusal is an answer
      const goesOn = isStanding(row.type) || workOf(row.type)?.goesOn === true;
      if (opencode.report().state === "up" && (!goesOn || isRefused(error))) looks += 1;
      if (looks === LOOKS) return leave(context, commandId, unknown(why, error));
      await sleep(LOOK_UP_AGAIN_MS, stopping);
    }
  }
}

/** Ends a command of which no more could be found out; what came of it meanwhile, a comparison finds. */
async function leave(context: Context, commandId: string, error: unknown): Promise<void> {
  await finish(context, commandId, failureOf(context, commandId, error));
  context.followed.onDoubt();
}

async function recovered(context: Context, row: ExecutionRow, why: string): Promise<unknown> {
  const known = judged(row.type, row.args);
  if (known === undefined || changesNothing(row.type))
    throw new HalError("interrupted", `${why}; it changes nothing, ask again`);
  const { args, work } = known;
  // an older agent may have begun it with arguments that are none any more
  if (!args.success) throw new HalError("interrupted", `${why}, and this agent cannot tell what came of it`);
  return typeof work.recover === "function"
    ? work.recover(context, { args: args.output, row, why })
    : doneAgain(work.run(context, args.output, row.commandId));
}

/** Of a command that this agent does not know nothing was done, either. */
function changesNothing(type: string): boolean {
  return (workOf(type)?.recover ?? "none") === "none";
}

function unknown(why: string, error: HalError): HalError {
  return new HalError(
    "interrupted",
    `${why}, and it cannot be known whether it was done: ${error.message}; look before you ask for it again`,
  );
}

function failureOf({ log }: Context, command: string, error: unknown): Outcome {
  if (!(error instanceof HalError)) log.error({ error, command }, "command failed");
  const known = isStorageProblem(error)
    ? new HalError("unavailable", `on the node, ${describeStorageProblem(error.code)}`)
    : error;
  return { state: "failed", error: errorBodyOf(known) };
}

/** Keeps and tells how a command ended. */
export async function finish(context: Context, id: string, outcome: Outcome): Promise<void> {
  const finishedAt = context.clock.now();
  await untilSaved(context, () => finishExecution(context.store, id, outcome, finishedAt));
  traceOutcome(outcome);
  context.log.info({ command: id, outcome: outcome.state }, "command finished");
}
