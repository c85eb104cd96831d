import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The pages that people type from, in the order in which they are run. */
export const PAGES = [
  "docs/DEPLOYMENT.md",
  "docs/RUNBOOK.md",
  "docs/ROLLBACK.md",
  "docs/development.md",
  "docs/configuration.md",
  "README.md",
] as const;
export type Page = (typeof PAGES)[number];

/** Incidents of the runbook that no story makes, because it sets no clock, fills no disk and damages no log; their words are looked up in the sources. */
export const NOT_MADE: readonly string[] = [
  "A disk is full",
  "A clock is wrong",
  "Something was left undone",
  "What is shown may be false",
  "A certificate ends",
];

/** One command of a page, as it is typed: lines that go on are put together, the comment behind it is gone. */
export interface PageCommand {
  readonly page: Page;
  /** the chapter that it stands in: the heading of the second level above it */
  readonly section: string;
  readonly typed: string;
  /** with which code it ends: 0, unless its comment says `exits N` */
  readonly exits: number;
}

/** A chapter of a page with all that is read of it. */
export interface PageSection {
  readonly title: string;
  readonly commands: readonly PageCommand[];
  /** what is shown, a line each: blocks in `text`, where `…` stands for anything */
  readonly shown: readonly string[];
  /** blocks in `json` */
  readonly json: readonly string[];
}

interface Block {
  readonly language: string;
  readonly text: string;
}

export function textOf(page: Page): string {
  return readFileSync(`${ROOT}${page}`, "utf8");
}

/** The chapters of a page, in its order; what stands before the first one has no title. */
export function sectionsOf(page: Page): PageSection[] {
  return chaptersOf(textOf(page)).map(({ title, body }) => {
    const blocks = blocksOf(body);
    const inLanguage = (...languages: readonly string[]): string[] =>
      blocks.filter(({ language }) => languages.includes(language)).map(({ text }) => text);
    return {
      title,
      commands: inLanguage("sh", "bash").flatMap((text) =>
        commandsIn(text).map((one) => ({ page, section: title, ...one })),
      ),
      shown: inLanguage("text").flatMap((text) => text.split("\n").filter((line) => line.trim() !== "")),
      json: inLanguage("json"),
    };
  });
}

/** All commands of a page, in its order. */
export function commandsOf(page: Page): PageCommand[] {
  return sectionsOf(page).flatMap(({ commands }) => commands);
}

/** The commands of one block for a shell. */
export function commandsIn(block: string): Pick<PageCommand, "typed" | "exits">[] {
  return block
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => {
      const [, typed = "", comment = ""] = /^(.*?)(?:(?:^|\s)\s*#\s(.*))?$/.exec(line.trim()) ?? [];
      return { typed: typed.trim(), exits: Number(/\bexits (\d+)\b/.exec(comment)?.[1] ?? 0) };
    })
    .filter(({ typed }) => typed !== "");
}

function chaptersOf(text: string): { readonly title: string; readonly body: string }[] {
  const chapters: { title: string; body: string }[] = [{ title: "", body: "" }];
  let isCode = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) isCode = !isCode;
    const heading = isCode ? null : /^## (.*)$/.exec(line);
    if (heading === null) (chapters.at(-1) as { body: string }).body += `${line}\n`;
    else chapters.push({ title: heading[1] as string, body: "" });
  }
  return chapters;
}

function blocksOf(body: string): Block[] {
  return [...body.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = "", text = ""]) => ({ language, text }));
}
