import { cutEnd, cutStart } from "../cut.ts";

/** A text as it stands in mark-up: it is shown as it was written, and nothing in it is linked. */
export function escapeDiscord(text: string): string {
  return text
    .replaceAll(/[\\`*_~|<>[\]()]/g, String.raw`\$&`)
    .replaceAll("://", String.raw`\://`)
    .replaceAll(/^([^\S\n]*)(-?#|[-+])/gm, String.raw`$1\$2`)
    .replaceAll(/^([^\S\n]*\d+)\./gm, String.raw`$1\.`);
}

/** Its beginning in mark-up, of at most `most` characters; no sign is cut in two, escaped or not. */
export function escapedEnd(text: string, most: number): string {
  let room = most;
  for (;;) {
    const escaped = escapeDiscord(cutEnd(text, room));
    if (escaped.length <= most || room <= 0) return escaped;
    // what is too much takes up at least half of it before it is escaped
    room -= Math.max(1, Math.ceil((escaped.length - most) / 2));
  }
}

/** Code between fences, of which the end is kept. */
export function fenced(code: string, most: number): string {
  // a fence cannot be escaped: signs that look like it take its place
  const open = code
    .replaceAll(/`{3,}/g, (ticks) => "ˋ".repeat(ticks.length))
    .replace(/`{1,2}$/, (ticks) => "ˋ".repeat(ticks.length));
  return `\`\`\`\n${cutStart(open, most - 8)}\n\`\`\``;
}
