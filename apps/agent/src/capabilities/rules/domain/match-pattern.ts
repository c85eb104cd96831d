import { type GlobTaken, takeByGlob } from "@hal/protocol/text";

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
 * Matches as opencode's own permission patterns do. Beyond that it says whether the wildcards took what smuggles something else
 * in.
 */
export function matchPattern(pattern: string, text: string, isCommand: boolean): Match {
  const taken = takeByGlob(pattern, text);
  if (taken === undefined) return "none";
  return isClean(taken, { pattern, text, isCommand }) ? "clean" : "swallowing";
}

function isClean({ any, one }: GlobTaken, of: { pattern: string; text: string; isCommand: boolean }): boolean {
  const all = any + one;
  if (INVISIBLE.test(all)) return false;
  if (of.isCommand) return WORDS.test(all);
  // a `*` in what is asked means everything there: one character of ours does not cover it
  if (one.includes("*") || !VISIBLE.test(all)) return false;
  return !LEADS_UP.test(of.text) || LEADS_UP.test(of.pattern);
}
