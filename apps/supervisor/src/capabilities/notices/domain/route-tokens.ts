import { entryOf, inOneLine } from "@hal/protocol/text";
import { parseDuration } from "@hal/words";

export const OPERATORS = ["==", "!=", "<", "<=", ">", ">="] as const;
export type Operator = (typeof OPERATORS)[number];

/** A word or a value as it is written, with where it begins, counted from 1. */
export type Atom =
  | { readonly kind: "word"; readonly text: string; readonly position: number }
  | {
      readonly kind: "value";
      readonly value: string | number | boolean;
      /** a length of time, in milliseconds */
      readonly isDuration: boolean;
      readonly position: number;
    };

/** What cannot be read as an expression of ours. */
export class Strange extends Error {
  readonly position: number;

  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

export interface Token {
  readonly atom: Atom;
  readonly length: number;
}

const WORD = /[A-Za-z_*][\w.*]*/y;
const NUMBER = /\d[\w.]*/y;
const QUOTED = /"([^"]*)"|'([^']*)'/y;
const SIGNS = /[!&|=<>]+/y;
const OTHERS = /[\w \t\r\n.*()]+/y;

/** The word or the value that begins at an index; undefined where neither does. */
export function tokenAt(text: string, index: number): Token | undefined {
  const position = index + 1;
  const word = at(WORD, text, index)?.[0];
  if (word === "true" || word === "false") return valueToken(word === "true", position, word);
  if (word !== undefined) return { atom: wordOf(word, position), length: word.length };
  const number = at(NUMBER, text, index)?.[0];
  if (number !== undefined) return { atom: numberOf(number, position), length: number.length };
  if (text[index] === ".")
    throw new Strange(position, "a name begins with a letter or with *, and a number with a digit, such as 0.5");
  const quoted = at(QUOTED, text, index);
  if (quoted === undefined) return undefined;
  const [whole, double, single = ""] = quoted;
  return valueToken(double ?? single, position, whole);
}

/** How a sign is written that others know as a word. */
const WORDS: Readonly<Record<string, string>> = { and: "&&", or: "||", not: "!" };

function wordOf(text: string, position: number): Atom {
  const sign = entryOf(WORDS, text.toLowerCase());
  if (sign !== undefined) throw new Strange(position, `${text} is no event; write ${sign}`);
  return { kind: "word", text, position };
}

function numberOf(text: string, position: number): Atom {
  if (/^\d+(\.\d+)?$/.test(text)) return { kind: "value", value: Number(text), isDuration: false, position };
  try {
    return { kind: "value", value: parseDuration(text), isDuration: true, position };
  } catch {
    throw new Strange(position, "this is no number and no length of time; write 5, 90s, 5m, 2h or 1d");
  }
}

function valueToken(value: string | boolean, position: number, text: string): Token {
  return { atom: { kind: "value", value, isDuration: false, position }, length: text.length };
}

/** The operator that begins at an index; a `!` that stands alone is none. */
export function operatorAt(text: string, index: number): string | undefined {
  return operatorIn(at(SIGNS, text, index)?.[0] ?? "") || undefined;
}

/** Refuses signs that nothing of ours has; what is in quotes may be anything. */
export function checkSigns(text: string): void {
  for (let index = 0; index < text.length;) {
    const run = at(QUOTED, text, index) ?? at(OTHERS, text, index);
    const signs = at(SIGNS, text, index)?.[0];
    if (run === undefined && signs === undefined) throw strangeAt(text, index);
    if (signs !== undefined) checkOperator(signs, index + 1);
    index += run?.[0].length ?? signs?.length ?? 1;
  }
}

function strangeAt(text: string, index: number): Strange {
  const [sign = ""] = text.slice(index);
  if (sign === '"' || sign === "'")
    return new Strange(index + 1, `the text that begins here has no ${sign} at its end`);
  return new Strange(index + 1, inOneLine(`${sign} means nothing here; text is in quotes, as in project == "web-1"`));
}

/** How what others write is written here. */
const MEANT: Readonly<Record<string, string>> = {
  "===": "==",
  "!==": "!=",
  "<>": "!=",
  "=>": ">=",
  "=<": "<=",
  "&": "&&",
  "&&&": "&&",
  "|": "||",
  "|||": "||",
};

function checkOperator(signs: string, position: number): void {
  const operator = operatorIn(signs);
  if (["", "&&", "||", ...OPERATORS].includes(operator)) return;
  if (operator === "=") throw new Strange(position, "= compares nothing; write ==");
  const meant = entryOf(MEANT, operator);
  throw new Strange(
    position,
    `${operator.slice(0, 4)} means nothing${meant === undefined ? "; put a name or a value between two signs" : `; write ${meant}`}`,
  );
}

/** Signs without those of what follows: in `&&!` the `!` belongs to the next condition. */
function operatorIn(signs: string): string {
  return /^!+$/.test(signs) ? "" : signs.replace(/(?<=[&|=<>])!+$/, "");
}

function at(pattern: RegExp, text: string, index: number): RegExpExecArray | undefined {
  pattern.lastIndex = index;
  return pattern.exec(text) ?? undefined;
}
