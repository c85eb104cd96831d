import { closest } from "@hal/protocol/text";
import { GROUPS, VERBS } from "./command-table.ts";
import type { CommandSpec, Field } from "./grammar/spec.ts";
import { EVERYWHERE } from "./grammar/everywhere.ts";

/** What can be said with every command, and of that what takes no value. */
const KNOWN = [...Object.keys(EVERYWHERE), "help", "version"];
const SWITCHES: ReadonlySet<string> = new Set(KNOWN.filter((name) => isSwitch(EVERYWHERE[name])));

/** What is wrong with a command line, in one line that says what to type instead; `problem` is yargs' own text. */
export function usageLine(problem: string, args: readonly string[]): string {
  const { path, spec } = findCommand(args);
  const help = ["halctl", ...path, "--help"].join(" ");
  const furthered = (said: string): string => (said.endsWith("?") ? `${said} See ${help}` : `${said}; see ${help}`);
  const text = problem.trim().replaceAll(/\s*\n\s*/g, " ");

  const [, meant] = /^Did you mean (\S+)\?$/.exec(text) ?? [];
  if (meant !== undefined) {
    const words = args.filter(
      (arg, index) => !arg.startsWith("-") && !path.includes(arg) && !takesValue(args[index - 1]),
    );
    const typed = closest(meant, words) ?? words[0] ?? "";
    return furthered(noCommand(typed, path, meant));
  }
  const [, unknown] = /^Unknown (?:argument|command)s?: (.+)$/.exec(text) ?? [];
  if (unknown !== undefined) {
    // yargs names an option a second time in camel case
    const names = unknown.split(", ").filter((name, index, all) => !all.slice(0, index).includes(kebab(name)));
    const told = names.map((name) => describeUnknown(name, args, { path, spec })).join("; ");
    return furthered(told);
  }
  const [, option, given, choices] = /Argument: (\S+), Given: "(.*?)", Choices: (.+)$/.exec(text) ?? [];
  const isWord = option !== undefined && Object.hasOwn(spec?.positionals ?? {}, option);
  if (option !== undefined)
    return `${isWord ? "" : "--"}${option} cannot be "${given}"; it is one of ${choices?.replaceAll('"', "")}`;
  if (text.startsWith("Not enough non-option arguments") && spec !== undefined) return missingLine(text, path, spec);
  return furthered(text);
}

/** Names the first word that is missing: yargs says how many there are of the words that must be there. */
function missingLine(text: string, path: readonly string[], { command }: CommandSpec): string {
  const needed = command.match(/<[^>]+>/g) ?? [];
  const [, got] = /got (\d+)/.exec(text) ?? [];
  const missing = needed[Number(got)] ?? "something";
  return `${missing} is missing; write it as halctl ${[...path.slice(0, -1), command].join(" ")}`;
}

/** Whether what follows an option that is everywhere is its value. */
function takesValue(arg: string | undefined): boolean {
  const name = arg?.replace(/^--/, "") ?? "";
  return arg !== name && KNOWN.includes(name) && !SWITCHES.has(name);
}

/** A verb that was typed without its noun is what was meant. */
function noCommand(typed: string, path: readonly string[], meant?: string): string {
  const group =
    path.length === 0 ? GROUPS.find(({ verbs }) => verbs.some((verb) => nameOf(verb) === typed)) : undefined;
  const better = group === undefined ? meant : `${group.noun} ${typed}`;
  return `there is no command ${typed}${better === undefined ? "" : `. Did you mean ${better}?`}`;
}

function describeUnknown(
  name: string,
  args: readonly string[],
  { path, spec }: ReturnType<typeof findCommand>,
): string {
  const asTyped = args.find((arg) => /^--?\w/.test(arg) && arg.replace(/^--?/, "").split("=")[0] === name);
  if (asTyped === undefined) return spec === undefined ? noCommand(name, path) : `${name} is one argument too many`;
  const known = [...KNOWN, ...Object.keys(spec?.options ?? {})];
  const meant = closest(name, known);
  return `there is no option ${asTyped.split("=")[0]}${meant === undefined ? "" : `. Did you mean --${meant}?`}`;
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The command that is being typed: as far as its words are known. */
function findCommand(args: readonly string[]): {
  readonly path: readonly string[];
  readonly spec: CommandSpec | undefined;
} {
  for (const [index, arg] of args.entries()) {
    const verb = VERBS.find((spec) => nameOf(spec) === arg);
    if (verb !== undefined) return { path: [arg], spec: verb };
    const group = GROUPS.find(({ noun }) => noun === arg);
    if (group === undefined) continue;
    const spec = group.verbs.find((one) => args.slice(index + 1).includes(nameOf(one)));
    return { path: spec === undefined ? [arg] : [arg, nameOf(spec)], spec };
  }
  return { path: [], spec: undefined };
}

function nameOf({ command }: CommandSpec): string {
  return command.split(" ")[0] as string;
}

function isSwitch(field: Field | undefined): boolean {
  return field === undefined || field.type === "boolean";
}
