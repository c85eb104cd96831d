import type { Options, PositionalOptions } from "yargs";
import { GROUPS, VERBS } from "../command-table.ts";
import type { CommandSpec } from "../commands/spec.ts";
import { TRUST_OPTIONS } from "../trust.ts";

/** Something that can stand where the cursor is. */
export interface Candidate {
  readonly value: string;
  readonly describe: string;
}

/** What only the supervisor, or halctl's config file, knows the names of. */
export type NameKind = "session" | "node" | "project" | "interaction" | "command" | "context";

/** What can be typed: what is known without asking, and whose names are to be asked for. */
export interface Completion {
  readonly known: readonly Candidate[];
  readonly names: readonly NameKind[];
}

const FORMATS = ["table", "wide", "json"] as const;

const EVERYWHERE: Readonly<Record<string, Options>> = {
  "supervisor-url": { type: "string", describe: "ws(s) or http(s) address" },
  "auth-token": { type: "string", describe: "token" },
  "token-file": { type: "string", describe: "file that holds the token" },
  ...TRUST_OPTIONS,
  context: { type: "string", describe: "context of halctl's config file" },
  format: { alias: "o", choices: FORMATS, describe: "how to show results" },
  help: { alias: "h", type: "boolean", describe: "show help" },
};

const NOTHING: Completion = { known: [], names: [] };

/** What can stand in the place of the last word. Pure. */
export function candidatesFor(typed: readonly string[]): Completion {
  // shells take --name=value apart
  const words = typed.filter((word) => word !== "=");
  const current = typed.at(-1) === "=" ? "" : (words.at(-1) ?? "");
  const before = typed.at(-1) === "=" ? words : words.slice(0, -1);
  const place = placeOf(before);
  if (place.isText) return NOTHING;
  if (place.option !== undefined) return begin(valuesOf(place.option, place.group), current);
  if (current.startsWith("-")) return begin({ known: optionsOf(place), names: [] }, current);
  return begin(wordsOf(place), current);
}

interface Place {
  readonly group: string | undefined;
  readonly spec: CommandSpec | undefined;
  readonly positionals: number;
  /** an option whose value comes next */
  readonly option: readonly [name: string, options: Options] | undefined;
  /** behind `--` */
  readonly isText: boolean;
}

function placeOf(before: readonly string[]): Place {
  let place: Place = { group: undefined, spec: undefined, positionals: 0, option: undefined, isText: false };
  for (const word of before) {
    if (place.option !== undefined) place = { ...place, option: undefined };
    else if (word === "--") return { ...place, isText: true };
    else if (word.startsWith("-")) {
      const option = optionNamed(word.replace(/^--?/, ""), place.spec);
      if (option !== undefined && option[1].type !== "boolean" && !word.includes("=")) place = { ...place, option };
    } else if (place.spec !== undefined) place = { ...place, positionals: place.positionals + 1 };
    else if (place.group === undefined && GROUPS.some(({ noun }) => noun === word)) place = { ...place, group: word };
    else place = { ...place, spec: verbsAt(place).find((spec) => verbOf(spec) === word) };
  }
  return place;
}

function verbsAt({ group }: Pick<Place, "group">): readonly CommandSpec[] {
  return group === undefined ? VERBS : (GROUPS.find(({ noun }) => noun === group)?.verbs ?? []);
}

function verbOf({ command }: CommandSpec): string {
  return command.split(" ")[0] as string;
}

function optionNamed(name: string, spec: CommandSpec | undefined): readonly [string, Options] | undefined {
  return Object.entries({ ...spec?.options, ...EVERYWHERE }).find(
    ([long, { alias }]) => long === name || alias === name,
  );
}

function optionsOf({ spec }: Place): Candidate[] {
  return Object.entries({ ...spec?.options, ...EVERYWHERE }).map(([name, { describe }]) => ({
    value: `--${name}`,
    describe: typeof describe === "string" ? describe : "",
  }));
}

function valuesOf([name, options]: readonly [string, Options], group: string | undefined): Completion {
  const choices = options.choices as readonly string[] | undefined;
  if (choices !== undefined) return { known: choices.map((value) => ({ value, describe: "" })), names: [] };
  return { known: [], names: namesOf(name, group) };
}

function wordsOf(place: Place): Completion {
  const { group, spec, positionals } = place;
  if (spec !== undefined) {
    const [name, options] = positionalAt(spec, positionals) ?? [];
    if (name === undefined) return NOTHING;
    const choices = options?.choices as readonly string[] | undefined;
    if (choices !== undefined) return { known: choices.map((value) => ({ value, describe: "" })), names: [] };
    const own = name === "ref" && group === undefined && verbOf(spec) === "why" ? (["node"] as const) : [];
    return { known: [], names: [...namesOf(name, group), ...own] };
  }
  const verbs = verbsAt(place).map((verb) => ({ value: verbOf(verb), describe: verb.summary }));
  const nouns = group === undefined ? GROUPS.map(({ noun, summary }) => ({ value: noun, describe: summary })) : [];
  return { known: [...nouns, ...verbs], names: [] };
}

function positionalAt(spec: CommandSpec, index: number): readonly [string, PositionalOptions] | undefined {
  return Object.entries(spec.positionals ?? {})[index];
}

/** What a positional or an option of that name takes. */
function namesOf(name: string, group: string | undefined): readonly NameKind[] {
  switch (name) {
    case "ref":
      return group === "tokens" ? [] : ["session", "project"];
    case "session":
      return ["session", "project"];
    case "project":
    case "node":
    case "context":
      return [name];
    case "name":
      return group === "config" ? ["context"] : [];
    case "id":
      return group === "nodes"
        ? ["node"]
        : group === "interactions"
          ? ["interaction"]
          : group === "commands"
            ? ["command"]
            : [];
    default:
      return [];
  }
}

function begin({ known, names }: Completion, current: string): Completion {
  return { known: known.filter(({ value }) => value.startsWith(current)), names };
}
