import { cutEnd, cutStart } from "../cut.ts";

/** A text as it stands in mark-up: nobody is called by it and nothing is linked. */
export function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** What Slack writes for a text, as people typed it. */
export function unescapeSlack(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Its beginning in mark-up, of at most `most` characters; no sign is cut in two, escaped or not. */
export function escapedEnd(text: string, most: number): string {
  return fit(text, most, cutEnd);
}

/** Its end in mark-up. */
export function escapedStart(text: string, most: number): string {
  return fit(text, most, cutStart);
}

/** As much of a text as fits when it is escaped. Fewer signs are tried until it does, so that none is cut in two. */
function fit(text: string, most: number, cut: (text: string, most: number) => string): string {
  const open = text.replaceAll(/`{3,}/g, otherTicks);
  let room = most;
  for (;;) {
    const escaped = escapeSlack(cut(open, room));
    if (escaped.length <= most || room <= 0) return escaped;
    // what is too much takes up at least a fifth of it before it is escaped
    room -= Math.max(1, Math.ceil((escaped.length - most) / 5));
  }
}

/** Code between fences. */
export function fenced(code: string, most: number): string {
  return `\`\`\`\n${escapedStart(code, most - 8)}\n\`\`\``;
}

/** Fences cannot be escaped: signs that look like them take their place. */
function otherTicks(ticks: string): string {
  return "ˋ".repeat(ticks.length);
}
