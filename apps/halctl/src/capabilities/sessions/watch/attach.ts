import { HalError, type InteractionView, type OperationInput, type SessionView } from "@hal/protocol";
import { chosen, ownWords } from "../../interactions/chosen-answers.ts";
import { awaitAnswer } from "../conversation/await-answer.ts";
import { currentCursor } from "../../../live/follow-events.ts";
import { note } from "../../../output/print.ts";
import { said } from "../../../output/said.ts";
import type { Session } from "../../../session.ts";
import type { Run } from "../../../grammar/run.ts";
import { sentText } from "../../interactions/interactions.ts";
import { watchWith } from "./watch.ts";

const HELP = said`a line is a prompt; a line that begins with / is one of
  /allow [always]   what is asked may be done        /deny [reason]   it may not
  /answer TEXT      answer the question              /abort           stop the turn
  /quit             leave; the session goes on       //TEXT           a prompt that begins with /`;

/** How long whoever sent prompts through a pipe waits for the last answer. */
const ANSWER_MS = 24 * 3_600_000;

/** Shows a session while it is written; lines that are typed become prompts, until Ctrl-D or Ctrl-C. */
export const attachSession: Run<{ readonly ref: string; readonly lines: number }> = (session, { ref, lines }) =>
  watchWith(session, { ref, untilIdle: false, lines }, async (found, signal) => {
    const { terminal } = session;
    if (terminal.isInputTerminal) note(session, said`  what you type is a prompt; /help tells more, Ctrl-D leaves`);
    let last: Prompted | undefined;
    for await (const line of terminal.lines(signal)) {
      if (line.trim() === "/quit") return;
      last = (await take(session, found, line)) ?? last;
    }
    if (!terminal.isInputTerminal && last !== undefined && !signal.aborted) await finish(session, last, signal);
  });

interface Prompted {
  readonly sessionId: string;
  readonly messageId: string;
  readonly cursor: string;
}

/** Does what a line says; what fails is told, and the next line is taken. */
async function take(session: Session, { id }: SessionView, line: string): Promise<Prompted | undefined> {
  const [, word = "", rest = ""] = /^\/([a-z]+)(?:\s+(.*))?$/.exec(line.trim()) ?? [];
  try {
    if (word !== "") await obey(session, id, word, rest.trim());
    else if (line.trim() !== "") return await prompt(session, id, line.replace(/^\s*\/\//, "/"));
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    note(session, said`halctl: ${error.message}`);
  }
  return undefined;
}

async function prompt({ client, ...session }: Session, ref: string, text: string): Promise<Prompted | undefined> {
  const cursor = await currentCursor({ client, ...session });
  const { output } = await client.call("sessions.prompt", { ref, text });
  const { command, message_id: messageId } = output;
  if (command === null) return undefined;
  if (command.state === "succeeded" && messageId !== null) return { sessionId: ref, messageId, cursor };
  throw new HalError(command.error?.code ?? "timeout", `the prompt is ${command.state}: ${command.reason}`);
}

async function obey(session: Session, id: string, word: string, rest: string): Promise<void> {
  const { client } = session;
  switch (word) {
    case "help":
      return note(session, HELP);
    case "abort": {
      const { output } = await client.call("sessions.abort", { ref: id });
      if (output.command.state !== "succeeded") throw new HalError("timeout", output.command.reason);
      return undefined;
    }
    case "allow":
      return reply(session, id, () => ({ reply: rest === "always" ? "always" : "once" }));
    case "deny":
      return reply(session, id, () => ({ reply: "reject", ...(rest === "" ? {} : { message: rest }) }));
    case "answer":
      return reply(session, id, (asked) => {
        const own = /^--text\s+(.*)$/.exec(rest)?.[1];
        const given = own === undefined ? chosen(asked, [rest]) : ownWords(asked, [own]);
        note(session, said`  sent: ${sentText(given)}`);
        return { reply: "answer", ...given };
      });
    default:
      throw new HalError("bad_request", `there is no /${word}; /help tells what there is`);
  }
}

type Reply = Pick<OperationInput<"interactions.answer">, "reply" | "message" | "answers" | "own_words">;

/** Answers what was asked first. */
async function reply({ client }: Session, session: string, make: (asked: InteractionView) => Reply): Promise<void> {
  const { output: open } = await client.call("interactions.list", { session });
  const asked = open.at(-1);
  if (asked === undefined) throw new HalError("not_found", "nothing waits for an answer");
  const { output } = await client.call("interactions.answer", { id: asked.id, ...make(asked) });
  if (output.command.state !== "succeeded") throw new HalError("timeout", output.command.reason);
}

/** Waits until the last prompt of a pipe is answered; the watching shows the rest. */
async function finish(session: Session, last: Prompted, signal: AbortSignal): Promise<void> {
  const silent = Object.create(session.terminal, { err: { value: { write: () => undefined } } }) as Session["terminal"];
  await awaitAnswer({ ...session, terminal: silent }, { ...last, end: "idle" }, { timeoutMs: ANSWER_MS, signal });
}
