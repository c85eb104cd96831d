import { closest, entryOf } from "@hal/protocol/text";
import { GROUPS, VERBS } from "./command-table.ts";
import type { CommandSpec } from "./grammar/spec.ts";
import { EVERYWHERE } from "./grammar/everywhere.ts";
import { findCommand, type FoundCommand, verbOf } from "./help/find-command.ts";

/** What can be said with every command. */
const KNOWN = [...Object.keys(EVERYWHERE), "help", "version"];

/** What is wrong with a command line, in one line that says what to type instead; `problem` is yargs' own text. */
export function usageLine(problem: string, args: readonly string[]): string {
  const found = findCommand(args);
  const { path, spec } = found;
  const help = ["halctl", ...path, "--help"].join(" ");
  const furthered = (said: string): string => (said.endsWith("?") ? `${said} See ${help}` : `${said}; see ${help}`);
  const text = problem.trim().replaceAll(/\s*\n\s*/g, " ");

  const [, unknown] = /^Unknown (?:argument|command)s?: (.+)$/.exec(text) ?? [];
  if (unknown !== undefined) {
    // yargs names an option a second time in camel case
    const names = unknown.split(", ").filter((name, index, all) => !all.slice(0, index).includes(kebab(name)));
    // behind a word that is no command, nothing is known
    const [first = ""] = names;
    const meant = spec === undefined && typedOption(first, args) === undefined ? names.slice(0, 1) : names;
    const told = meant.map((name) => describeUnknown(name, args, found)).join("; ");
    return furthered(told);
  }
  const [, option, given, choices] = /Argument: (\S+), Given: "(.*?)", Choices: (.+)$/.exec(text) ?? [];
  const { positionals = {} } = spec ?? aloneOf(found) ?? {};
  const isWord = option !== undefined && Object.hasOwn(positionals, option);
  if (option !== undefined)
    return `${isWord ? `<${option}>` : `--${option}`} cannot be "${given}"; it is one of ${choices?.replaceAll('"', "")}`;
  if (text.startsWith("Not enough non-option arguments") && spec !== undefined) return missingLine(text, path, spec);
  return furthered(text);
}

/** The command that is meant where a noun alone was typed, if that is one. */
function aloneOf({ group }: FoundCommand): CommandSpec | undefined {
  return group?.standsAlone === true ? group.verbs[0] : undefined;
}

/** Names the first word that is missing: yargs says how many there are of the words that must be there. */
function missingLine(text: string, path: readonly string[], { command }: CommandSpec): string {
  const needed = command.match(/<[^>]+>/g) ?? [];
  const [, got] = /got (\d+)/.exec(text) ?? [];
  const missing = needed[Number(got)] ?? "the rest";
  return `missing argument: ${missing.replace("..>", ">")}. Usage: halctl ${[...path.slice(0, -1), command].join(" ")}`;
}

/** What people type here who know other tools. */
const CALLED_ELSEWHERE: Readonly<Record<string, string>> = {
  ps: "ls",
  list: "ls",
  top: "status -w",
  prompt: "send",
  exec: "run",
  tail: "logs -f",
  rm: "kill",
  approve: "interactions allow",
  login: "config set",
  man: "help",
};

/** That there is no such command, and what was meant. */
export function noCommand(typed: string, { path, group }: FoundCommand): string {
  const there = `there is no command ${[...path, typed].join(" ")}`;
  if (group !== undefined) {
    const meant = closest(typed, group.verbs.map(verbOf));
    return meant === undefined ? there : `${there}. Did you mean ${group.noun} ${meant}?`;
  }
  // a verb that was typed without its noun
  const nouns = GROUPS.filter(({ verbs }) => verbs.some((verb) => verbOf(verb) === typed)).map(({ noun }) => noun);
  const shown = VERBS.filter(({ isHidden }) => isHidden !== true).map(verbOf);
  const meant =
    entryOf(CALLED_ELSEWHERE, typed) ??
    (nouns.length === 1
      ? `${nouns[0]} ${typed}`
      : nouns.length > 1
        ? orList(nouns.map((noun) => `${noun} ${typed}`))
        : closest(typed, [...shown, ...GROUPS.map(({ noun }) => noun)]));
  return meant === undefined ? there : `${there}. Did you mean ${meant}?`;
}

function orList(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
}

function describeUnknown(name: string, args: readonly string[], found: FoundCommand): string {
  const { spec } = found;
  const asTyped = typedOption(name, args);
  if (asTyped === undefined) return spec === undefined ? noCommand(name, found) : `unexpected argument: ${name}`;
  const known = [...KNOWN, ...Object.keys(spec?.options ?? {})];
  const meant = closest(name, known);
  return `there is no option ${asTyped.split("=")[0]}${meant === undefined ? "" : `. Did you mean --${meant}?`}`;
}

function typedOption(name: string, args: readonly string[]): string | undefined {
  return args.find((arg) => /^--?\w/.test(arg) && arg.replace(/^--?/, "").split("=")[0] === name);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
