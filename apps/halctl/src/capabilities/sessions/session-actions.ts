import { type CommandReply, type CommandView, HalError } from "@hal/protocol";
import { dollars, statusText, thousands } from "@hal/words";
import { exactRef } from "./exact-ref.ts";
import { EXIT, exitCodeOf } from "../../exit-codes.ts";
import { type Answer, awaitAnswer } from "./conversation/await-answer.ts";
import { awaitOutcome } from "./conversation/await-outcome.ts";
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
  };

export const startSession: Run<PromptOptions & { readonly prompt: readonly string[] }> = async (session, args) => {
  const prompt = await promptText(session, args.prompt);
  const cursor = args.wait ? await currentCursor(session) : "";
  const typed = inputOf("sessions.start", args, session.terminal.now());
  const input = prompt === undefined ? typed : { ...typed, prompt };
  const { output } = await session.client.call("sessions.start", input, { idempotencyKey: args.idempotencyKey });
  return concludePrompt(session, args, output, cursor, (id) => said`session ${id} started`);
};

export const promptSession: Run<PromptOptions & { readonly ref: string; readonly text: readonly string[] }> = async (
  session,
  args,
) => {
  const text = await promptText(session, args.text);
  if (text === undefined)
    throw new HalError(
      "bad_request",
      "say what to prompt: halctl sessions prompt <session> <text…>, or on standard input",
    );
  const cursor = args.wait ? await currentCursor(session) : "";
  const input = { ...inputOf("sessions.prompt", args, session.terminal.now()), text };
  const { output } = await session.client.call("sessions.prompt", input, { idempotencyKey: args.idempotencyKey });
  return concludePrompt(session, args, output, cursor, (id) => said`prompt accepted by session ${id}`);
};

export const abortSession: Run<{ readonly ref: string }> = async (session, { ref }) => {
  const { output } = await session.client.call("sessions.abort", { ref });
  return conclude(session, output, (id) => said`session ${id} aborted; it takes prompts`);
};

export interface KillArgs {
  readonly ref: string;
  readonly yes: boolean;
}

/** Ends a session for good; whoever sits at a terminal is shown which one is meant, and asked. */
export const killSession: Run<KillArgs> = async (session, { ref: given, yes }) => {
  const ref = yes || !session.terminal.isInputTerminal ? given : await agreedOn(session, given);
  const { output } = await session.client.call("sessions.kill", { ref });
  return conclude(session, output, (id) => said`session ${id} killed; its history stays`);
};

/** The id of the session that was shown and agreed on: meanwhile the name may have come to mean another. */
async function agreedOn({ client, terminal }: Session, ref: string): Promise<string> {
  // nobody is asked about what the supervisor would refuse: one of several that the name of their project stands for
  const { output: found } = await client.call("sessions.get", { ref, for: "kill" });
  const { id, title, node, project } = found;
  const question = said`End ${id} (${title}; ${node}/${project}, ${statusText(found)}) and its children for good? Type yes: `;
  if (await isConfirmed(terminal, question)) return id;
  throw new HalError("cancelled", "nothing was ended");
}

/** Words from the command line, else standard input where something is piped in. */
async function promptText({ terminal }: Session, words: readonly string[]): Promise<string | undefined> {
  if (words.length > 0) return words.join(" ");
  const piped = (await terminal.readInput())?.trim();
  return piped === "" ? undefined : piped;
}

async function concludePrompt(
  session: Session,
  { wait, timeout, ref }: PromptOptions & { readonly ref?: string },
  first: CommandReply,
  cursor: string,
  done: (sessionId: string) => Said,
): Promise<number> {
  const began = performance.now();
  const signal = session.terminal.interrupted;
  const reply = wait ? await awaitOutcome(session, first, { timeoutMs: timeout, signal }) : first;
  const { session_id: sessionId, message_id: messageId } = reply;
  if (!wait || reply.command.state !== "succeeded" || sessionId === null || messageId === null)
    return conclude(session, reply, done);
  const answer = await awaitAnswer(
    session,
    {
      sessionId,
      messageId,
      cursor,
      ref: exactRef(ref ?? sessionId, { id: sessionId, node_id: reply.command.node_id }),
    },
    { timeoutMs: Math.max(1, Math.round(timeout - (performance.now() - began))), signal },
  );
  print(session, answer, answerPage, ["text"]);
  if (answer.session.status === "error" || answer.session.status === "ended") {
    complain(session.terminal, said`${answer.session.reason}`);
    return EXIT.failed;
  }
  return EXIT.done;
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
function conclude(session: Session, reply: CommandReply, done: (sessionId: string) => Said): number {
  const { command } = reply;
  if (session.format === "json") print(session, reply, () => "");
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
