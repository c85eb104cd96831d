import type { Check } from "./check.ts";
import { type Paint, paint } from "../../output/paint.ts";
import { wrap } from "../../output/wrap.ts";

const MARK: Readonly<Record<Check["level"], readonly [string, Paint]>> = {
  ok: ["✓", "good"],
  note: ["·", "warn"],
  problem: ["✗", "bad"],
};

/** Each thing that was looked at, with its fix, and what it comes to. */
export function doctorPage(checks: readonly Check[], columns: number | undefined): string {
  const longest = Math.max(...checks.map(({ name }) => name.length));
  const indent = " ".repeat(longest + 4);
  const room = columns === undefined ? undefined : Math.max(20, columns - indent.length);
  const block = (text: string): string => wrap(text.replaceAll(/\s+/g, " "), room).replaceAll("\n", `\n${indent}`);
  const lines = checks.map(({ name, level, text, fix }) => {
    const [mark, colour] = MARK[level];
    const told = `${paint(colour, mark)} ${name.padEnd(longest)}  ${block(text)}\n`;
    return fix === null ? told : `${told}${indent}${paint("faint", "→")} ${block(fix)}\n`;
  });
  const wrong = checks.filter(({ level }) => level === "problem").length;
  const sum =
    wrong === 0 ? paint("good", "nothing is wrong") : paint("bad", `${wrong} problem${wrong === 1 ? "" : "s"}`);
  return `${lines.join("")}\n${sum}\n`;
}
