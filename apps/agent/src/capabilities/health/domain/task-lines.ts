const MOST_LINES = 3;
const MOST_CHARS = 300;

/** Headings that only say what the file is, rules, fences and the empty ones. */
const SAYS_NOTHING = /^(#*\s*(current\s*[-_]?\s*task|task|context)s?\s*:?|[-=*_~`]{3,}.*)?$/i;

/** The first lines of a task file that say something, without their marks; undefined where none does. Pure. */
export function taskLines(text: string): string | undefined {
  const lines = text
    .replaceAll(/<!--[^]*?(-->|$)/g, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => !SAYS_NOTHING.test(line))
    .map((line) => line.replace(/^(#+|[-*+]( \[[ xX]\])?|>)\s+/, "").trim())
    .filter((line) => line !== "")
    .slice(0, MOST_LINES);
  const task = lines.join("\n").slice(0, MOST_CHARS).trim();
  return task === "" ? undefined : task;
}
