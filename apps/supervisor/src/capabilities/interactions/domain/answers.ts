import type { InteractionView } from "@hal/protocol";
import { meantText } from "@hal/protocol/text";

type Question = InteractionView["questions"][number];

/**
 * What is wrong with the answers to a question's parts; undefined where nothing is. A number is a label or own words, and
 * which of both is not guessed: own words that could be a choice have to be said to be own words.
 */
export function answersProblem(
  questions: readonly Question[],
  answers: readonly (readonly string[])[] | undefined,
  areOwnWords: boolean,
): string | undefined {
  if (answers?.length !== questions.length) return `there are ${questions.length} question(s); give one answer to each`;
  for (const [index, question] of questions.entries()) {
    const problem = answerProblem(question, answers[index] ?? [], areOwnWords);
    if (problem !== undefined) return questions.length === 1 ? problem : `question ${index + 1}: ${problem}`;
  }
  return undefined;
}

function answerProblem(
  { options, multiple }: Question,
  answer: readonly string[],
  areOwnWords: boolean,
): string | undefined {
  if (answer.length === 0 || answer.some((one) => one.trim() === "")) return "the answer is empty";
  if (!multiple && answer.length > 1) return `it takes one answer, and not ${answer.length}`;
  const labels = options.map(({ label }) => label);
  const number = answer.find((one) => /^\s*\d+\s*$/.test(one) && !labels.includes(one));
  if (areOwnWords || labels.length === 0 || number === undefined) return undefined;
  const choices = labels.map((label) => JSON.stringify(label)).join(", ");
  return `${number.trim()} is none of its choices: ${choices}${meantText(number, labels)}; say own_words: true where it is meant as it stands`;
}
