import { type Operation, OPERATIONS, usageOf } from "../src/index.ts";

const BEGIN = "<!-- operations: written by `npm run docs` -->";
const END = "<!-- end of operations -->";

/** A README with the table of all operations as they are declared now. */
export function withOperations(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end === -1) throw new Error(`the README has no place for its table: ${BEGIN} … ${END}`);
  return `${readme.slice(0, begin)}${BEGIN}\n\n${table()}\n\n${readme.slice(end)}`;
}

function table(): string {
  const operations: readonly Operation[] = Object.values(OPERATIONS);
  const rows = operations.map((one) => [
    `\`${one.name}\``,
    one.role,
    one.kind,
    usageOf(one) === "" ? "" : `\`${usageOf(one)}\``,
    one.summary.replaceAll("|", "\\|"),
  ]);
  const cells = [["Operation", "Role", "Kind", "Words", "What it does"], ["---", "---", "---", "---", "---"], ...rows];
  return cells.map((row) => `| ${row.join(" | ")} |`).join("\n");
}
