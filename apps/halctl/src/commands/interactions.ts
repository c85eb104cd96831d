import { HalError, type InteractionView, type OperationInput } from "@hal/protocol";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import { showList } from "../live/show-list.ts";
import { complain, print, tell } from "../output/print.ts";
import { said } from "../output/said.ts";
import { interactionTable } from "../output/views.ts";
import type { Session } from "../session.ts";
import type { Run } from "./command.ts";

export interface ListInteractionsArgs {
  readonly all: boolean;
  readonly session?: string | undefined;
  readonly watch: boolean;
}

export const listInteractions: Run<ListInteractionsArgs> = (session, { all, session: ref, watch }) =>
  showList(session, watch, {
    title: "interactions",
    read: async (options) => {
      const filter = { state: all ? "all" : "open", session: ref } as const;
      return (await session.client.call("interactions.list", filter, options)).output;
    },
    render: interactionTable,
    concerns: /^(interaction|session)\./,
  });

export const allow: Run<{ readonly id: string; readonly always: boolean }> = (session, { id, always }) =>
  answerWith(session, { id, reply: always ? "always" : "once" }, always ? "allowed, always" : "allowed once");

export const deny: Run<{ readonly id: string; readonly reason?: string | undefined }> = (session, { id, reason }) =>
  answerWith(session, { id, reply: "reject", ...(reason === undefined ? {} : { message: reason }) }, "denied");

export const answer: Run<{ readonly id: string; readonly answers: readonly string[] }> = async (
  session,
  { id, answers },
) => {
  const interaction = await find(session, id);
  return answerWith(
    session,
    { id: interaction.id, reply: "answer", answers: chosen(interaction, answers) },
    "answered",
  );
};

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

type Question = InteractionView["questions"][number];

/** One answer a question: a number or label of its options, several with commas, or own words. */
export function chosen({ id, kind, questions }: InteractionView, answers: readonly string[]): string[][] {
  if (kind === "permission")
    throw new HalError("bad_request", `${id} asks for permission: halctl interactions allow ${id}, or deny ${id}`);
  const [only] = questions;
  if (only !== undefined && questions.length === 1) return [choices(only, answers)];
  if (answers.length !== questions.length)
    throw new HalError("bad_request", `${id} has ${questions.length} questions; give one answer to each, in quotes`);
  return questions.map((question, index) => choices(question, [answers[index] ?? ""]));
}

function choices(question: Question, words: readonly string[]): string[] {
  const text = words.join(" ");
  const whole = optionOf(question, text);
  if (whole !== undefined) return [whole];
  if (!question.multiple) return [text];
  const listed = words.length > 1 && words.every((word) => optionOf(question, word) !== undefined);
  return (listed ? words : text.split(",")).map((part) => optionOf(question, part) ?? part.trim());
}

function optionOf({ options }: Question, text: string): string | undefined {
  const wanted = text.trim().toLowerCase();
  const byLabel = options.find(({ label }) => label.toLowerCase() === wanted);
  return (byLabel ?? (/^\d+$/.test(wanted) ? options[Number(wanted) - 1] : undefined))?.label;
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
