/** What wildcards took: those that may be any length, and those of one character. */
export interface GlobTaken {
  readonly any: string;
  readonly one: string;
}

/**
 * What the wildcards of a pattern take of a text, undefined where it does not match: `*` stands for anything, of which it takes as little
 * as it can, `?` for one character, and ` *` at the end for arguments or none. Linear in the text for each piece of the pattern.
 */
export function takeByGlob(pattern: string, text: string): GlobTaken | undefined {
  return take(pattern, text) ?? (pattern.endsWith(" *") ? take(pattern.slice(0, -2), text) : undefined);
}

function take(pattern: string, text: string): GlobTaken | undefined {
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
function single(piece: string, text: string, at: number): GlobTaken {
  let one = "";
  for (let index = 0; index < piece.length; index += 1) if (piece[index] === "?") one += text[at + index] ?? "";
  return { any: "", one };
}
