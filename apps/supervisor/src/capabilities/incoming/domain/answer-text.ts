import { cutText, inLines, inOneLine } from "@hal/protocol/text";
import { cut } from "./fenced.ts";
import { markerOf } from "./marker.ts";

/** So long an answer may be, in characters: below what services take of a comment, and of a status. */
export const MOST_ANSWER = { comment: 30_000, status: 140 } as const;

/** Nothing is drawn for it, and a name behind it is none any more. */
const BREAK = "\u200B";

/** What a session answered, as it is written under an issue: nobody is called by it, nothing is ordered or loaded, and no mark of ours forged. Pure. */
export function commentText(id: string, text: string, isGood: boolean): string {
  const said = cut(inLines(text).trim(), MOST_ANSWER.comment);
  const shown = said === "" ? "The session ended without a word." : said;
  return `${markerOf(id)}\n${isGood ? "" : "The session did not come to a good end.\n\n"}${neutral(shown)}`;
}

/** The same in the one line of a commit's status. Pure. */
export function statusText(text: string): string {
  const [first = ""] = text.trim().split("\n");
  const line = inOneLine(first);
  return cutText(line === "" ? "the session ended without a word" : line, MOST_ANSWER.status);
}

/** A text that says the same and does nothing where it is shown. Pure. */
export function neutral(text: string): string {
  return (
    text
      // a name that would be called, and a number that would be shown elsewhere
      .replaceAll(/@(?=[\p{L}\p{N}_"])|[#!&](?=\d)/gu, (sign) => `${sign}${BREAK}`)
      // the same sign, written as HTML has it
      .replaceAll(/&(?=#|commat)/gi, `&${BREAK}`)
      // an order to the service at the beginning of a line
      .replaceAll(/^([ \t>]*)\/(?=\p{L})/gmu, `$1${BREAK}/`)
      .replaceAll("![", `!${BREAK}[`)
      .replaceAll(/<(?=!|img)/gi, `<${BREAK}`)
  );
}
