import { HalError, type InteractionView, type OperationInput } from "@hal/protocol";
import { alwaysText } from "@hal/words";
import { EXIT, exitCodeOf } from "../../exit-codes.ts";
import { chosen, type Chosen, ownWords } from "./chosen-answers.ts";
import { isConfirmed } from "../../live/confirm.ts";
import { showList } from "../../live/show-list.ts";
import { complain, print, tell } from "../../output/print.ts";
import { said } from "../../output/said.ts";
import { interactionTable } from "./pages.ts";
import type { Session } from "../../session.ts";
import type { Run, Watched } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";

export const listInteractions: Run<Watched & { readonly all: boolean }> = (session, argv) =>
  showList(session, argv.watch, {
    asked: { operation: "interactions.list", input: inputOf("interactions.list", argv, session.terminal.now()) },
    title: "interactions",
    read: async (options) => {
      const filter = inputOf("interactions.list", argv.all ? { ...argv, state: "all" } : argv, session.terminal.now());
      return (await session.client.call("interactions.list", filter, options)).output;
    },
    render: interactionTable,
    concerns: /^(interaction|session)\./,
  });

export const allow: Run<{ readonly id: string; readonly always: boolean }> = async (session, { id, always }) => {
  if (!always) return answerWith(session, { id, reply: "once" }, "allowed once");
  const asked = await find(session, id);
  await agreeToAlways(session, asked);
  return answerWith(session, { id: asked.id, reply: "always" }, "allowed, always");
};

/** Says what an `always` covers before it is given, and asks whoever is there whether that is meant. */
async function agreeToAlways({ terminal }: Session, asked: InteractionView): Promise<void> {
  if (asked.kind !== "permission") return;
  const { id } = asked;
  tell(terminal, said`always ${alwaysText(asked)}`);
  if (terminal.isInputTerminal && !(await isConfirmed(terminal, said`Allow all of that? Type yes: `)))
    throw new HalError("cancelled", `nothing was answered; for this once: halctl interactions allow ${id}`);
}

export const deny: Run<{ readonly id: string; readonly reason?: string | undefined }> = (session, { id, reason }) =>
  answerWith(session, { id, reply: "reject", ...(reason === undefined ? {} : { message: reason }) }, "denied");

export interface AnswerArgs {
  readonly id: string;
  readonly answers: readonly string[];
  readonly text?: string | readonly string[] | undefined;
}

/** Answers a question by its choices or by own words, and says which of both was sent. */
export const answer: Run<AnswerArgs> = async (session, { id, answers, text }) => {
  const own = text === undefined ? [] : [text].flat();
  if (own.length > 0 === answers.length > 0)
    throw new HalError("bad_request", `say what to answer: choices, or own words behind --text, and not both`);
  const interaction = await find(session, id);
  const given = own.length > 0 ? ownWords(interaction, own) : chosen(interaction, answers);
  return answerWith(session, { id: interaction.id, reply: "answer", ...given }, `answered ${sentText(given)}`);
};

/** What was sent, as it was. */
export function sentText({ answers }: Pick<Chosen, "answers">): string {
  return answers.map((given) => given.map((one) => JSON.stringify(one)).join(" and ")).join(", ");
}

async function find(session: Session, ref: string): Promise<InteractionView> {
  const { output } = await session.client.call("interactions.list", { state: "all", limit: 1000 });
  const found = output.filter(({ id }) => id === ref || id.startsWith(ref));
  const open = found.filter(({ state }) => state === "open");
  const meant = found.find(({ id }) => id === ref) ?? (open.length === 1 ? open : found.length === 1 ? found : [])[0];
  if (meant !== undefined) return meant;
  throw new HalError(
    found.length === 0 ? "not_found" : "ambiguous",
    found.length === 0
      ? `no interaction ${ref}; see: halctl interactions list`
      : `${ref} means several interactions: ${found.map(({ id }) => id).join(", ")}`,
  );
}

async function answerWith(
  session: Session,
  input: OperationInput<"interactions.answer">,
  done: string,
): Promise<number> {
  const { output } = await session.client.call("interactions.answer", input);
  const { command, interaction } = output;
  if (session.format === "json") print(session, output, () => "");
  if (command.state === "succeeded") {
    if (session.format !== "json") tell(session.terminal, said`${interaction.id} ${done}: ${interaction.summary}`);
    return EXIT.done;
  }
  complain(session.terminal, said`${command.state}: ${command.reason}`);
  if (command.error !== null) return exitCodeOf(command.error.code);
  return command.finished_at === null ? EXIT.timedOut : EXIT.failed;
}
