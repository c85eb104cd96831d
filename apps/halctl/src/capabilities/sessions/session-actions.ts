import {
  type AnswerFormat,
  type CommandReply,
  type CommandView,
  HalError,
  type PromptReply,
  type PromptView,
  type WaitEnd,
} from "@hal/protocol";
import { dollars, statusText, thousands } from "@hal/words";
import { exactRef } from "./exact-ref.ts";
import { EXIT, exitCodeOf, exitCodeOfEnd } from "../../exit-codes.ts";
import { type Answer, awaitAnswer } from "./conversation/await-answer.ts";
import { type AnswerShape, readShape } from "./conversation/answer-shape.ts";
import { awaitOutcome } from "./conversation/await-outcome.ts";
import { awaitSent } from "./conversation/await-sent.ts";
import { isConfirmed } from "../../live/confirm.ts";
import { currentCursor } from "../../live/follow-events.ts";
import { complain, print, tell } from "../../output/print.ts";
import { type Said, said } from "../../output/said.ts";
import type { Session } from "../../session.ts";
import type { Arguments, Once, Run } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";

type PromptOptions = Arguments &
  Once & {
    readonly wait: boolean;
    /** milliseconds */
    readonly timeout: number;
    readonly for?: WaitEnd | undefined;
    /** a file */
    readonly schema?: string | undefined;
  };

export const startSession: Run<PromptOptions & { readonly prompt: readonly string[] }> = async (session, args) => {
  const shape = await shapeOf(args);
  const prompt = await promptText(session, args.prompt);
  const waits = args.wait || shape !== undefined;
  const cursor = waits ? await currentCursor(session) : "";
  const typed = { ...inputOf("sessions.start", args, session.terminal.now()), ...formatOf(shape) };
  const input = prompt === undefined ? typed : { ...typed, prompt };
  const { output } = await session.client.call("sessions.start", input, { idempotencyKey: args.idempotencyKey });
  return concludePrompt(session, { ...args, shape, cursor }, output, (id) => said`session ${id} started`);
};

/** Starts one and waits for the answer. */
export const runSession: Run<PromptOptions & { readonly prompt: readonly string[] }> = (session, args) =>
  startSession(session, { ...args, wait: true });

interface Delivered {
  readonly ref: string;
  readonly text: readonly string[];
  readonly queue?: boolean;
  readonly steer?: boolean;
}

export const promptSession: Run<PromptOptions & Delivered> = async (session, args) => {
  if (args.queue === true && args.steer === true)
    throw new HalError("bad_request", "say --queue or --steer, and not both");
  const shape = await shapeOf(args);
  const text = await promptText(session, args.text);
  if (text === undefined)
    throw new HalError(
      "bad_request",
      "say what to prompt: halctl sessions prompt <session> <text…>, or on standard input",
    );
  const cursor = args.wait || shape !== undefined ? await currentCursor(session) : "";
  // whoever says nothing does not mean to come into the middle of a turn
  const delivery = args.steer === true ? ("steer" as const) : ("queue" as const);
  const input = { ...inputOf("sessions.prompt", args, session.terminal.now()), ...formatOf(shape), text, delivery };
  const { output } = await session.client.call("sessions.prompt", input, { idempotencyKey: args.idempotencyKey });
  return concludePrompt(session, { ...args, shape, cursor }, output, (id) => said`prompt accepted by session ${id}`);
};

/** The shape that the answer is to have. */
async function shapeOf({ schema }: PromptOptions): Promise<AnswerShape | undefined> {
  return schema === undefined ? undefined : readShape(schema);
}

function formatOf(shape: AnswerShape | undefined): { readonly format?: AnswerFormat } {
  return shape === undefined ? {} : { format: shape.format };
}

export const abortSession: Run<{ readonly ref: string }> = async (session, { ref }) => {
  const { output } = await session.client.call("sessions.abort", { ref });
  return conclude(session, output, (id) => said`session ${id} aborted; it takes prompts`);
};

export const resumeSession: Run<{ readonly ref: string }> = async (session, { ref }) => {
  const { output } = await session.client.call("sessions.resume", { ref });
  return conclude(session, output, (id) => said`session ${id} goes on`);
};

export interface KillArgs {
  readonly ref: string;
  readonly purge?: boolean;
  readonly yes: boolean;
  readonly dryRun?: boolean;
}

/** Ends a session for good; whoever sits at a terminal is shown which one is meant, and asked. */
export const killSession: Run<KillArgs> = async (session, { ref: given, purge = false, yes, dryRun = false }) => {
  if (dryRun) return showWhatWouldEnd(session, given);
  const ref = yes || !session.terminal.isInputTerminal ? given : await agreedOn(session, given, purge);
  const { output } = await session.client.call("sessions.kill", { ref, ...(purge ? { purge } : {}) });
  // an older supervisor does not know of it
  const { purged = [] } = (output.command.output ?? {}) as { readonly purged?: readonly string[] };
  return conclude(session, output, (id) =>
    purged.length > 0
      ? said`session ${id} killed, and its history in opencode is deleted; what HAL was told of it stays until retention removes it`
      : said`session ${id} killed; its history stays`,
  );
};

/** Shows the session that a kill would end. */
async function showWhatWouldEnd(session: Session, ref: string): Promise<number> {
  const { output: found } = await session.client.call("sessions.get", { ref, for: "kill" });
  print(
    session,
    found,
    ({ id, title, node, project, ...state }) =>
      `would be ended with its children: ${id} (${title}; ${node}/${project}, ${statusText(state)})\n`,
  );
  return EXIT.done;
}

/** The id of the session that was shown and agreed on: meanwhile the name may have come to mean another. */
async function agreedOn({ client, terminal }: Session, ref: string, purge: boolean): Promise<string> {
  // nobody is asked about what the supervisor would refuse: one of several that the name of their project stands for
  const { output: found } = await client.call("sessions.get", { ref, for: "kill" });
  const { id, title, node, project } = found;
  const what = said`${id} (${title}; ${node}/${project}, ${statusText(found)})`;
  const question = purge
    ? said`End ${what} and its children, and delete their history in opencode for good? Type yes: `
    : said`End ${what} and its children for good? Type yes: `;
  if (await isConfirmed(terminal, question)) return id;
  throw new HalError("cancelled", "nothing was ended");
}

/** Words from the command line, else standard input where something is piped in. */
async function promptText({ terminal }: Session, words: readonly string[]): Promise<string | undefined> {
  if (words.length > 0) return words.join(" ");
  const piped = (await terminal.readInput())?.trim();
  return piped === "" ? undefined : piped;
}

interface Asked extends PromptOptions {
  readonly ref?: string;
  readonly shape: AnswerShape | undefined;
  readonly cursor: string;
}

async function concludePrompt(
  session: Session,
  asked: Asked,
  first: PromptReply | CommandReply,
  done: (sessionId: string) => Said,
): Promise<number> {
  const { wait, timeout, ref, shape, cursor } = asked;
  const began = performance.now();
  const leftMs = (): number => Math.max(1, Math.round(timeout - (performance.now() - began)));
  const signal = session.terminal.interrupted;
  const waits = wait || shape !== undefined;
  const sent = waits ? await awaitSent(session, first, { timeoutMs: timeout, signal }) : first;
  if (sent.command === null) return concludeListed(session, sent, waits);
  const given: CommandReply = { ...sent, command: sent.command };
  const reply = waits ? await awaitOutcome(session, given, { timeoutMs: leftMs(), signal }) : given;
  const { session_id: sessionId, message_id: messageId } = reply;
  if (!waits || reply.command.state !== "succeeded" || sessionId === null || messageId === null)
    return conclude(session, reply, done, "prompt" in sent ? sent.prompt : null);
  const nodeId = reply.command.node_id;
  const answer = await awaitAnswer(
    session,
    {
      sessionId,
      nodeId,
      messageId,
      cursor,
      end: asked.for,
      ref: exactRef(ref ?? sessionId, { id: sessionId, node_id: nodeId }),
    },
    { timeoutMs: leftMs(), signal },
  );
  print(session, answer, answerPage, ["text"]);
  return concludeAnswer(session, answer, shape);
}

function concludeAnswer({ terminal }: Session, answer: Answer, shape: AnswerShape | undefined): number {
  const { settled, session } = answer;
  if (settled === "error") complain(terminal, said`${session.reason}`);
  if (settled !== "idle") return exitCodeOfEnd(settled);
  const problem = shape?.problemOf(answer.messages.findLast(({ role }) => role === "assistant"));
  if (problem === undefined) return EXIT.done;
  complain(terminal, said`${problem}`);
  return EXIT.failed;
}

/** A prompt that waits is accepted; one that whoever asked waits for, and one that is not sent any more, is not done. */
function concludeListed(session: Session, reply: PromptReply | CommandReply, waits: boolean): number {
  const prompt = "prompt" in reply ? reply.prompt : null;
  if (session.format === "json") print(session, reply, () => "");
  if (prompt === null) return EXIT.failed;
  if (prompt.state !== "pending") {
    complain(session.terminal, said`${prompt.id} is ${prompt.state}: ${prompt.reason}`);
    return EXIT.failed;
  }
  const how = said`${prompt.id} ${prompt.reason}; see: halctl prompts list --session ${prompt.session_id}`;
  if (waits) complain(session.terminal, how);
  else if (session.format !== "json") tell(session.terminal, how);
  return waits ? EXIT.timedOut : EXIT.done;
}

function answerPage({ session, messages }: Answer): string {
  const text = messages
    .map((message) => message.text.trim())
    .filter(Boolean)
    .join("\n\n");
  const { id, tokens, cost, tree_cost: treeCost } = session;
  const spent = `${thousands(tokens)} tokens, ${dollars(cost)}${treeCost > cost ? ` (${dollars(treeCost)} with children)` : ""}`;
  return `${text === "" ? "" : `${text}\n\n`}── ${id}: ${session.status}, ${spent}\n`;
}

/** Says what became of a command; one that has no outcome yet is not a failure, and says where to look. */
export function conclude(
  session: Session,
  reply: CommandReply,
  done: (sessionId: string) => Said,
  prompt: PromptView | null = null,
): number {
  const { command } = reply;
  if (session.format === "json") print(session, prompt === null ? reply : { ...reply, prompt }, () => "");
  if (command.state === "succeeded") {
    if (session.format !== "json") tell(session.terminal, done(reply.session_id ?? "?"));
    return EXIT.done;
  }
  if (command.state === "queued" || command.state === "sent" || command.state === "running") {
    complain(
      session.terminal,
      said`${command.id} is ${statusText({ status: command.state, reason: command.reason })}\n  ${whatNow(command)}`,
    );
    return EXIT.timedOut;
  }
  complain(session.terminal, said`${command.type} ${statusText({ status: command.state, reason: command.reason })}`);
  return command.error === null ? EXIT.failed : exitCodeOf(command.error.code);
}

/** What stops something waits without a deadline, and whoever stops waiting for it may think that it is over. */
function whatNow({ id, type, state, deadline_at: deadline }: CommandView): Said {
  if (deadline !== null) return said`see: halctl commands get ${id}`;
  const act = type === "session.kill" ? "kill" : "abort";
  if (state === "running") return said`the ${act} is still under way; see: halctl commands get ${id}`;
  const waits = state === "queued" ? "waits for its node and is done first when that is back" : "waits for its node";
  return said`the ${act} still stands: it ${waits}; take it back: halctl commands cancel ${id}`;
}
