import type { Tone } from "./message.ts";

/** How a tone is shown where there is no colour: a sign, and a word for whoever does not see it. */
export const TONES: Readonly<Record<Tone, { readonly icon: string; readonly word: string }>> = {
  good: { icon: "🟢", word: "OK" },
  warn: { icon: "🟡", word: "ATTENTION" },
  bad: { icon: "🔴", word: "PROBLEM" },
  neutral: { icon: "⚪", word: "NOTE" },
};

/** The line that says all that matters: `🟡 ATTENTION alpha/web needs approval`. */
export function firstLine(tone: Tone, title: string): string {
  const { icon, word } = TONES[tone];
  return `${icon} ${word} ${title}`.replaceAll(/\s+/g, " ").trim();
}
