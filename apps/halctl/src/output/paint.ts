import { inLines } from "@hal/protocol/text";
import { type Tone, toneOf } from "@hal/words";

/** What a colour means. */
export type Paint = "head" | Tone;

const SGR: Readonly<Record<Paint, string>> = { head: "1", good: "32", busy: "36", warn: "33", bad: "31", faint: "2" };

// private characters, which are taken out of others' words before a page is made of them: nobody else's text has any
const MARKS: readonly Paint[] = ["head", "good", "busy", "warn", "bad", "faint"];
const FIRST = 0x10ff00;
const END = String.fromCodePoint(FIRST + MARKS.length);
const ANY = new RegExp(`[${String.fromCodePoint(FIRST)}-${END}]`, "gu");
const MARK = new RegExp(`(${ANY.source})`, "u");

/** Marks a text; whether it gets a colour is decided where it is written. */
export function paint(kind: Paint, text: string): string {
  return text === "" ? "" : `${String.fromCodePoint(FIRST + MARKS.indexOf(kind))}${text}${END}`;
}

export function withoutPaint(text: string): string {
  return text
    .split(ANY)
    .map((piece) => inLines(piece))
    .join("");
}

/** Whether a character is a mark, which takes no room. */
export function isMark(character: string): boolean {
  return MARK.test(character);
}

/** The end of what a text that was cut has begun. */
export function unpainted(text: string): string {
  const last = text.match(ANY)?.at(-1);
  return last === undefined || last === END ? "" : END;
}

/** Marks as a terminal's colours; each line ends what it began. */
export function inColour(text: string): string {
  return text.split("\n").map(lineInColour).join("\n");
}

function lineInColour(line: string): string {
  let isOpen = false;
  const pieces = line.split(MARK).map((piece, index) => {
    if (index % 2 === 0) return inLines(piece);
    isOpen = piece !== END;
    return isOpen ? `\u001b[${SGR[MARKS[(piece.codePointAt(0) ?? FIRST) - FIRST] ?? "faint"]}m` : "\u001b[0m";
  });
  return `${pieces.join("")}${isOpen ? "\u001b[0m" : ""}`;
}

/** A status in the colour of how it is. */
export function paintStatus(status: string): string {
  const tone = toneOf(status);
  return tone === undefined ? status : paint(tone, status);
}
