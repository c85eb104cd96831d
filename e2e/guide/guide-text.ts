import { readFileSync } from "node:fs";

/** The sections whose commands need neither an installation of their own nor a service manager as a whole. */
export const SECTIONS = ["Verification", "Monitoring", "Troubleshooting", "Security Considerations"] as const;
export type Section = (typeof SECTIONS)[number];

const TEXT = readFileSync(new URL("deployment-guide.md", import.meta.url), "utf8");

/** The commands of a section in the guide's order: as they are typed, lines that go on put together. */
export function commandsOf(section: Section): string[] {
  return blocksOf(section, "bash").flatMap(linesOf);
}

/** The code blocks of a section in that language, verbatim. */
export function blocksOf(section: string, language: "bash" | "json"): string[] {
  const from = TEXT.search(new RegExp(`^##+ ${section}$`, "m"));
  if (from === -1) throw new Error(`the guide has no section ${section}`);
  const level = /^#+/.exec(TEXT.slice(from))?.[0] ?? "##";
  const rest = TEXT.slice(from + level.length);
  const end = rest.search(new RegExp(`^#{2,${level.length}} `, "m"));
  const text = end === -1 ? rest : rest.slice(0, end);
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))].map(
    ([, block]) => block as string,
  );
}

function linesOf(block: string): string[] {
  return block
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.replaceAll(/\s+/g, " ").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
