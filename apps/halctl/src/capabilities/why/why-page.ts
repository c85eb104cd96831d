import type { Finding, WhyView } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import { clockTime } from "@hal/words";
import { type Paint, paint } from "../../output/paint.ts";
import { wrap } from "../../output/wrap.ts";
import type { Look } from "../../output/look.ts";

const MARK: Readonly<Record<Finding["level"], readonly [string, Paint]>> = {
  fine: ["✓", "good"],
  note: ["·", "warn"],
  problem: ["✗", "bad"],
};

/** For a level of a later release. */
const UNKNOWN = ["?", "warn"] as const;

/** The answer, the facts it comes from, and what can be typed next. */
export function whyPage({ answer, findings, next }: WhyView, { now, columns }: Look): string {
  const facts = findings.filter(({ topic }) => topic !== "event");
  const events = findings.filter(({ topic }) => topic === "event");
  const sections = [
    `${wrap(answer, columns)}\n`,
    facts.map((fact) => factLine(fact, columns)).join(""),
    events.length === 0
      ? ""
      : `${paint("head", "before that")}\n${events.map((one) => eventLine(one, now, columns)).join("")}`,
    next.length === 0
      ? ""
      : `${paint("head", "what you can do")}\n${next.map((step) => stepLines(step, columns)).join("")}`,
  ];
  return sections.filter(Boolean).join("\n");
}

function factLine({ topic, level, text }: Finding, columns: number | undefined): string {
  const [mark, colour] = entryOf(MARK, level) ?? UNKNOWN;
  const head = `  ${paint(colour, mark)} ${topic.padEnd(12)}`;
  return `${head}${wrap(oneLine(text), room(columns, 16)).replaceAll("\n", `\n${" ".repeat(16)}`)}\n`;
}

function eventLine({ since, text }: Finding, now: number, columns: number | undefined): string {
  const time = since === null ? "" : clockTime(since, now);
  const indent = " ".repeat(time.length + 4);
  return `  ${paint("faint", time)}  ${wrap(oneLine(text), room(columns, indent.length)).replaceAll("\n", `\n${indent}`)}\n`;
}

function stepLines({ command, purpose }: WhyView["next"][number], columns: number | undefined): string {
  const told = `      ${wrap(purpose, room(columns, 6)).replaceAll("\n", "\n      ")}`;
  return `  ${paint("busy", command)}\n${told}\n`;
}

function room(columns: number | undefined, taken: number): number | undefined {
  return columns === undefined ? undefined : Math.max(20, columns - taken);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
