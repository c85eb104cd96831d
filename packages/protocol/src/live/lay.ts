import { LIMITS } from "../limits.ts";
import type { LivePiece } from "./live-piece.ts";

/** The text of a part as far as it is known. */
export interface Laid {
  readonly text: string;
  /** where it begins in the part, as whoever writes it counts */
  readonly base: number;
  /** it is not the whole text: its beginning is not known, or it is above the limit */
  readonly cut: boolean;
}

/**
 * Lays a piece where it belongs. `isNew` where the text is no continuation of what was there. A repeated beginning
 * shortens nothing until its end has come, so that a snapshot in several pieces is no step back.
 */
export function lay(
  held: Laid | undefined,
  { offset, text: given, end, cut: isCut }: Pick<LivePiece, "offset" | "text" | "end" | "cut">,
): Laid & { readonly isNew: boolean } {
  const room = LIMITS.livePartChars;
  const at = offset - (held?.base ?? offset);
  const isAbove = Math.max(at, 0) + given.length > room;
  const cut = isCut || isAbove;
  if (held === undefined || at < 0 || at > held.text.length || (offset === 0 && cut !== held.cut))
    return { text: given.slice(0, room), base: offset, cut: cut || offset > 0, isNew: true };

  const text = given.slice(0, Math.max(0, room - at));
  const { base } = held;
  const stop = at + text.length;
  const known = { base, cut: held.cut || cut };
  if (at === held.text.length) return { ...known, text: text === "" ? held.text : held.text + text, isNew: false };
  if (!text.startsWith(held.text.slice(at, stop)))
    return { ...known, text: held.text.slice(0, at) + text, isNew: true };
  if (stop > held.text.length) return { ...known, text: held.text.slice(0, at) + text, isNew: false };
  if (end && stop < held.text.length) return { ...known, text: held.text.slice(0, stop), isNew: true };
  return { ...known, text: held.text, isNew: false };
}
