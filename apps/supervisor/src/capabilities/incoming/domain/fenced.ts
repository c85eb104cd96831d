import { headOf, inLines } from "@hal/protocol/text";
import { thousands } from "@hal/words";
import type { Words } from "./happening.ts";

/** So much of one thing that somebody wrote is told, and of all together, in characters. */
export const MOST_CHARS = { one: 20_000, all: 40_000 } as const;

/** What somebody wrote, in a fence that it cannot close, and cut where it is too long. Pure. */
export function fenced(words: readonly Words[]): string {
  let left: number = MOST_CHARS.all;
  const parts = words.map(({ what, text }) => {
    const shown = cut(inLines(text), Math.min(left, MOST_CHARS.one));
    left = Math.max(0, left - shown.length);
    return shown.includes("\n") ? `${what}:\n${shown}` : `${what}: ${shown}`;
  });
  const inner = parts.join("\n");
  const fence = "`".repeat(Math.max(3, longestRun(inner) + 1));
  return `${fence}text\n${inner}\n${fence}`;
}

/** As much of a text as there is room for, and a line that says how much is not there. Pure. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = headOf(text, most);
  return `${kept}\n[cut: ${thousands(text.length - kept.length)} more characters]`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
