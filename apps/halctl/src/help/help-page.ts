import { EVERYWHERE } from "../grammar/everywhere.ts";
import { GROUPS, VERBS } from "../command-table.ts";
import type { CommandGroup, CommandSpec, Field, Fields } from "../grammar/spec.ts";
import { wrap } from "../output/wrap.ts";
import { width as widthOf } from "../output/table.ts";
import { examplesOf } from "./examples.ts";
import { type FoundCommand, verbOf } from "./find-command.ts";
import { OTHERS, SECTIONS } from "./sections.ts";

/** Terms that are longer have a line of their own. */
const LONGEST_TERM = 28;
/** What is written beside terms is not squeezed into less. */
const NARROWEST = 24;

/** What can be said of a command, or of all where none is meant, in lines of that width. */
export function helpPage({ path, group, spec }: FoundCommand, columns: number): string {
  if (spec !== undefined) return leafPage(path, spec, columns);
  return group === undefined ? topPage(columns) : groupPage(group, columns);
}

/** What every command takes. */
export function globalOptionsPage(columns: number): string {
  const own = {
    ...EVERYWHERE,
    help: { alias: "h", type: "boolean", describe: "show the help of a command" },
    version: { type: "boolean", describe: "show the version of halctl" },
  } satisfies Fields;
  return `${section("These options go with every command", optionRows(own), columns)}
${wrap("Each of the first five can also come from a context (halctl help config) or from the environment.", columns)}
`;
}

/** Commands that a person is told of, by what they are for. */
export function sectionedCommands(): readonly Section[] {
  const summaries = new Map<string, string>([
    ...VERBS.filter(({ isHidden }) => isHidden !== true).map((spec) => [verbOf(spec), briefly(spec.summary)] as const),
    ...GROUPS.map(({ noun, summary }) => [noun, briefly(summary)] as const),
  ]);
  const named = SECTIONS.map(([title, names]) => {
    const rows = names.flatMap((name): Row[] => (summaries.has(name) ? [[name, summaries.get(name) ?? ""]] : []));
    for (const [name] of rows) summaries.delete(name);
    return [title, rows] as Section;
  });
  return [...named, [OTHERS, [...summaries]] as Section].filter(([, rows]) => rows.length > 0);
}

/** Its first clause. */
function briefly(summary: string): string {
  return summary.split(/[;:] /)[0] ?? summary;
}

type Section = readonly [title: string, rows: readonly Row[]];
type Row = readonly [term: string, text: string];

function topPage(columns: number): string {
  const sections = sectionedCommands().map(([title, rows]) => section(title, rows, columns));
  return `See and steer the coding agents of a HAL supervisor.

Usage: halctl <command> [options]

${sections.join("\n")}
${wrap("halctl <command> --help shows its options and examples; halctl help options shows what every command takes; halctl explain exit-codes shows how a command can end.", columns)}
`;
}

function groupPage({ noun, summary, verbs, standsAlone = false }: CommandGroup, columns: number): string {
  const rows = verbs.filter(({ isHidden }) => isHidden !== true).map((spec): Row => [spec.command, spec.summary]);
  const first =
    standsAlone && verbs[0] !== undefined ? `\nhalctl ${noun} alone is halctl ${noun} ${verbOf(verbs[0])}.\n` : "";
  return `${wrap(capitalised(summary), columns)}

Usage: halctl ${noun} ${standsAlone ? "[command]" : "<command>"} [options]
${first}
${section("Commands", rows, columns)}
${wrap(`halctl ${noun} <command> --help shows its options and examples.`, columns)}
`;
}

function leafPage(path: readonly string[], spec: CommandSpec, columns: number): string {
  const words = path.join(" ");
  const { positionals = {}, options = {}, shortFor } = spec;
  const rest = spec.command.split(" ").slice(1).join(" ");
  const takes = Object.keys(options).length > 0 ? " [options]" : "";
  const examples = examplesOf(words).map(([line, purpose]) => `  # ${purpose}\n  halctl ${line}\n`);
  const parts = [
    `${wrap(capitalised(spec.summary), columns)}\n`,
    `Usage: halctl ${[words, rest].filter(Boolean).join(" ")}${takes}\n${shortFor === undefined ? "" : `Short for: halctl ${shortFor}\n`}`,
    section(
      "Arguments",
      Object.entries(positionals).map(([name, field]): Row => [name, fieldText(field)]),
      columns,
    ),
    section("Options", optionRows(options), columns),
    examples.length === 0 ? "" : `Examples:\n${examples.join("\n")}`,
    `${wrap("halctl help options shows what every command takes, such as -o json and --context.", columns)}\n`,
  ];
  return parts.filter(Boolean).join("\n");
}

/** Options as they are typed, with what each does. */
export function optionRows(options: Fields): readonly Row[] {
  return Object.entries(options).map(([name, field]) => {
    const names = [field.alias ?? []].flat();
    const short = names.filter((one) => one.length === 1).map((one) => `-${one}, `);
    const value = field.type === "boolean" ? "" : ` <${valueName(field)}>`;
    return [`${short.join("") || "    "}--${name}${value}`, fieldText(field)];
  });
}

function valueName({ type, choices }: Field): string {
  if (choices !== undefined) return "choice";
  return type === "number" ? "number" : "value";
}

/** What it is, what it can be, and what it is where nothing is said. */
export function fieldText(field: Field): string {
  const { describe, choices, default: standard, demandOption } = field;
  const { defaultDescription } = field as { readonly defaultDescription?: string };
  const marks = [
    ...(choices === undefined ? [] : [`one of: ${choices.join(", ")}`]),
    ...(demandOption === true || standard === undefined || standard === false || String(standard) === ""
      ? []
      : [`default: ${String(standard)}`]),
    ...(defaultDescription === undefined ? [] : [`default: ${defaultDescription}`]),
  ];
  return `${describe ?? ""}${marks.map((mark) => ` (${mark})`).join("")}`.trim();
}

function section(title: string, rows: readonly Row[], columns: number): string {
  if (rows.length === 0) return "";
  const fitting = rows.map(([term]) => widthOf(term)).filter((one) => one <= LONGEST_TERM);
  const indent = Math.max(...fitting, 8) + 4;
  const room = Math.max(NARROWEST, columns - indent);
  const lines = rows.map(([term, text]) => {
    const wrapped = wrap(text, room)
      .split("\n")
      .join(`\n${" ".repeat(indent)}`);
    const head = `  ${term}`;
    return widthOf(head) + 2 > indent
      ? `${head}\n${" ".repeat(indent)}${wrapped}\n`
      : `${head.padEnd(indent)}${wrapped}\n`;
  });
  return `${title}:\n${lines.join("")}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
