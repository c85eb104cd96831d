import type { Meaning } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paint, paintStatus } from "../../output/paint.ts";
import { wrap } from "../../output/wrap.ts";

/** Lines are not longer where nobody says how wide the terminal is. */
const STANDARD_COLUMNS = 80;
const MOST_COLUMNS = 100;

/** Each meaning of a word, with what to do. */
export function explainPage(meanings: readonly Meaning[], { columns }: Look): string {
  const room = Math.min(MOST_COLUMNS, columns ?? STANDARD_COLUMNS) - 2;
  const indented = (text: string): string => `  ${wrap(text, room).split("\n").join("\n  ")}\n`;
  return meanings
    .map(({ of, word, text, next }) => {
      const name = of === "event" || of === "error" || of === "exit code" ? word : paintStatus(word);
      const step = next === undefined ? "" : indented(`→ ${next}`);
      return `${name} (${of === "error" ? "error code" : of})\n${indented(text)}${step}`;
    })
    .join("\n");
}

/** All words that can be explained, by what they are of. */
export function indexPage(meanings: readonly Meaning[], { columns }: Look): string {
  const room = Math.min(MOST_COLUMNS, columns ?? STANDARD_COLUMNS) - 2;
  const kinds = [...new Set(meanings.map(({ of }) => of))];
  const sections = kinds.map((kind) => {
    const words = meanings.filter(({ of }) => of === kind).map(({ word }) => word);
    return `${paint("head", kind)}\n  ${wrap(words.join(" "), room).split("\n").join("\n  ")}\n`;
  });
  return `${sections.join("\n")}\nhalctl explain <word> says what one of them means and what to do.\n`;
}
