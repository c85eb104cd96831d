import { HalError } from "@hal/protocol";
import { meantText } from "@hal/protocol/text";
import { allMeanings, type Meaning, meaningsOf } from "@hal/words";
import { EXIT_MEANINGS } from "../../exit-code-meanings.ts";
import { EXIT } from "../../exit-codes.ts";
import type { LocalRun } from "../../local.ts";
import { print } from "../../output/print.ts";
import { explainPage, indexPage } from "./pages.ts";

/** Says what a word means; without one, which words there are. */
export const explain: LocalRun<{ readonly word?: string | undefined }> = (local, { word }) => {
  const found = word === undefined ? all() : word === "exit-codes" ? EXIT_CODES : explained(word);
  print(local, found, word === undefined ? indexPage : explainPage);
  return Promise.resolve(EXIT.done);
};

const EXIT_CODES: readonly Meaning[] = Object.entries(EXIT_MEANINGS).map(([name, text]) => ({
  of: "exit code",
  word: String(EXIT[name as keyof typeof EXIT]),
  text,
}));

function all(): readonly Meaning[] {
  return [...allMeanings(), ...EXIT_CODES];
}

function explained(word: string): readonly Meaning[] {
  const found = [...meaningsOf(word.toLowerCase()), ...EXIT_CODES.filter((one) => one.word === word)];
  if (found.length > 0) return found;
  const words = all().map((one) => one.word);
  throw new HalError(
    "not_found",
    `nothing is called ${word}${meantText(word, words) || "; halctl explain lists all words"}`,
  );
}
