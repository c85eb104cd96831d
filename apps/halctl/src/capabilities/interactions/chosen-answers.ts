import { HalError, type InteractionView } from "@hal/protocol";
import { closest } from "@hal/protocol/text";

type Question = InteractionView["questions"][number];

/** What is sent for what was typed. */
export interface Chosen {
  readonly answers: string[][];
  /** some of it is not among the choices */
  readonly own_words?: true;
}

/** One answer a question: a choice by its label or, where no label is a number, by its place; else own words. */
export function chosen(interaction: InteractionView, typed: readonly string[]): Chosen {
  const { id, questions } = judged(interaction);
  const [only] = questions;
  if (only !== undefined && questions.length === 1) return sent([choices(only, typed)], questions);
  checkCount(id, questions, typed);
  const answers = questions.map((question, index) => choices(question, [typed[index] ?? ""]));
  return sent(answers, questions);
}

/** Own words, as they stand, whatever the choices are. */
export function ownWords(interaction: InteractionView, texts: readonly string[]): Chosen {
  const { id, questions } = judged(interaction);
  checkCount(id, questions, texts);
  return { answers: texts.map((text) => [text]), own_words: true };
}

function judged(interaction: InteractionView): InteractionView {
  const { id, kind } = interaction;
  if (kind === "permission")
    throw new HalError("bad_request", `${id} asks for permission: halctl interactions allow ${id}, or deny ${id}`);
  return interaction;
}

function checkCount(id: string, questions: readonly Question[], given: readonly string[]): void {
  if (given.length === questions.length) return;
  throw new HalError("bad_request", `${id} has ${questions.length} question(s); give one answer to each, in quotes`);
}

function sent(answers: string[][], questions: readonly Question[]): Chosen {
  const isOwn = answers.some((answer, index) =>
    answer.some((one) => !questions[index]?.options.some(({ label }) => label === one)),
  );
  return isOwn ? { answers, own_words: true } : { answers };
}

function choices(question: Question, words: readonly string[]): string[] {
  const text = words.join(" ");
  const whole = optionOf(question, text);
  if (whole !== undefined) return [whole];
  if (!question.multiple) return [own(question, text)];
  const listed = words.length > 1 && words.every((word) => optionOf(question, word) !== undefined);
  return (listed ? words : text.split(",")).map((part) => optionOf(question, part) ?? own(question, part.trim()));
}

function optionOf({ options }: Question, text: string): string | undefined {
  const wanted = text.trim().toLowerCase();
  const byLabel = options.find(({ label }) => label.trim().toLowerCase() === wanted);
  if (byLabel !== undefined) return byLabel.label;
  // where a label is a number, a number is a label and no place
  const arePlaces = /^\d+$/.test(wanted) && !options.some(({ label }) => isNumber(label));
  return arePlaces ? options[Number(wanted) - 1]?.label : undefined;
}

/** Own words, unless they look like a choice that there is not. */
function own({ options }: Question, text: string): string {
  const labels = options.map(({ label }) => label);
  const near = labels.length === 0 ? undefined : closest(text, labels);
  if (labels.length === 0 || (!isNumber(text) && near === undefined)) return text;
  const list = labels.map((label, index) => (labels.some(isNumber) ? label : `${index + 1}: ${label}`)).join(", ");
  throw new HalError(
    "bad_request",
    `${text} is none of the choices (${list})${near === undefined ? "" : `; did you mean ${near}?`} Own words go behind --text`,
  );
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text.trim());
}
