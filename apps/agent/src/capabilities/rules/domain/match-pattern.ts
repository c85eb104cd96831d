/** What may stand for a wildcard in a command: nothing that a shell reads as more than a word, and nothing that cannot be seen. */
const WORDS = /^[\p{L}\p{N} _\-./:=,@%+"'~[\]?*]*$/u;
/** The same of a path, an address or a name. */
const VISIBLE = /^[^\p{C}\p{Zl}\p{Zp}\\]*$/u;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** A path that leads up is not where it seems to be. */
const LEADS_UP = /(^|\/)\.\.(\/|$)/;

/** How a pattern matches a text: `swallowing` where its wildcards stand for what they should not, such as an operator of the shell. */
export type Match = "none" | "swallowing" | "clean";

/**
 * Matches as opencode's own permission patterns do: `*` stands for anything, `?` for one character, and ` *` at the end
 * for arguments or none. Beyond that it says whether the wildcards took what smuggles something else in. Linear in the
 * text for each piece of the pattern.
 */
export function matchPattern(pattern: string, text: string, isCommand: boolean): Match {
  const whole = take(pattern, text);
  const taken = whole ?? (pattern.endsWith(" *") ? take(pattern.slice(0, -2), text) : undefined);
  if (taken === undefined) return "none";
  return isClean(taken, { pattern, text, isCommand }) ? "clean" : "swallowing";
}

/** What a wildcard took, and whether it may be any length. */
interface Taken {
  readonly any: string;
  readonly one: string;
}

function isClean({ any, one }: Taken, of: { pattern: string; text: string; isCommand: boolean }): boolean {
  const all = any + one;
  if (INVISIBLE.test(all)) return false;
  if (of.isCommand) return WORDS.test(all);
  // a `*` in what is asked means everything there: one character of ours does not cover it
  if (one.includes("*") || !VISIBLE.test(all)) return false;
  return !LEADS_UP.test(of.text) || LEADS_UP.test(of.pattern);
}

/** What the wildcards took where the pattern fits, each `*` as little as it can. */
function take(pattern: string, text: string): Taken | undefined {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return text.length === head.length && fits(head, text, 0) ? single(head, text, 0) : undefined;
  const end = text.length - tail.length;
  if (end < head.length || !fits(head, text, 0) || !fits(tail, text, end)) return undefined;
  let { one } = single(head, text, 0);
  let any = "";
  let from = head.length;
  for (const piece of rest) {
    const at = find(piece, text, from);
    if (at === -1 || at + piece.length > end) return undefined;
    any += text.slice(from, at);
    one += single(piece, text, at).one;
    from = at + piece.length;
  }
  if (from > end) return undefined;
  return { any: any + text.slice(from, end), one: one + single(tail, text, end).one };
}

function find(piece: string, text: string, from: number): number {
  if (!piece.includes("?")) return text.indexOf(piece, from);
  for (let at = from; at + piece.length <= text.length; at += 1) if (fits(piece, text, at)) return at;
  return -1;
}

function fits(piece: string, text: string, at: number): boolean {
  for (let index = 0; index < piece.length; index += 1)
    if (piece[index] !== "?" && piece[index] !== text[at + index]) return false;
  return true;
}

/** What each `?` of a piece took. */
function single(piece: string, text: string, at: number): Taken {
  let one = "";
  for (let index = 0; index < piece.length; index += 1) if (piece[index] === "?") one += text[at + index] ?? "";
  return { any: "", one };
}
