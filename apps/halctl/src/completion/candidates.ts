import { EVENT_TYPES, OPERATION_NAMES } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import { GROUPS, VERBS } from "../command-table.ts";
import type { CommandSpec, Field, Fields, NameKind } from "../grammar/spec.ts";
import { EVERYWHERE } from "../grammar/everywhere.ts";

/** Something that can stand where the cursor is. */
export interface Candidate {
  readonly value: string;
  readonly describe: string;
}

/** What can be typed: what is known without asking, and whose names are to be asked for. */
export interface Completion {
  readonly known: readonly Candidate[];
  readonly names: readonly NameKind[];
  /** a file can stand there */
  readonly isFile: boolean;
  /** what a name begins with, and what stands before it in the same word, such as `--node=` */
  readonly begun: string;
  readonly before: string;
}

const ALWAYS: Fields = { ...EVERYWHERE, help: { alias: "h", type: "boolean", describe: "show help" } };

/** Names that this program knows itself. */
const NAMED_ALREADY: { readonly [K in NameKind]?: readonly string[] } = {
  "event-type": EVENT_TYPES,
  operation: OPERATION_NAMES,
};

type Possible = Pick<Completion, "known" | "names"> & { readonly isFile?: boolean };

const NOTHING: Possible = { known: [], names: [] };

/** What can stand in the place of the last word. Pure. */
export function candidatesFor(typed: readonly string[]): Completion {
  const current = typed.at(-1) ?? "";
  const before = typed.slice(0, -1);
  const [whole = "", option = "", value = ""] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? [];
  if (whole !== "") return begin(possibleAt([...before, option], value), value, `${option}=`);
  return begin(possibleAt(before, current), current);
}

function possibleAt(before: readonly string[], current: string): Possible {
  const place = placeOf(before);
  if (place.isText) return NOTHING;
  if (place.option !== undefined) return valuesOf(place.option);
  return current.startsWith("-") ? { known: optionsOf(place), names: [] } : wordsOf(place);
}

interface Place {
  readonly group: string | undefined;
  readonly spec: CommandSpec | undefined;
  readonly positionals: number;
  /** an option whose value comes next */
  readonly option: Field | undefined;
  /** behind `--` */
  readonly isText: boolean;
}

function placeOf(before: readonly string[]): Place {
  let place: Place = { group: undefined, spec: undefined, positionals: 0, option: undefined, isText: false };
  for (const word of before) {
    if (place.option !== undefined) place = { ...place, option: undefined };
    else if (word === "--") return { ...place, isText: true };
    else if (word.startsWith("-")) {
      const option = optionNamed(word.replace(/^--?/, ""), place.spec ?? meantAlone(place));
      if (option !== undefined && option.type !== "boolean" && !word.includes("=")) place = { ...place, option };
    } else if (place.spec !== undefined) place = { ...place, positionals: place.positionals + 1 };
    else if (place.group === undefined && GROUPS.some(({ noun }) => noun === word)) place = { ...place, group: word };
    else place = behindNoun(place, word);
  }
  return place;
}

/** A verb; or a word of the one that is meant where none is said. */
function behindNoun(place: Place, word: string): Place {
  const spec = verbsAt(place).find((one) => verbOf(one) === word);
  const standard = meantAlone(place);
  return spec === undefined && standard !== undefined
    ? { ...place, spec: standard, positionals: 1 }
    : { ...place, spec };
}

/** The verb that is meant where none is said. */
function meantAlone({ group }: Pick<Place, "group">): CommandSpec | undefined {
  const { standsAlone = false, verbs = [] } = GROUPS.find(({ noun }) => noun === group) ?? {};
  return standsAlone ? verbs[0] : undefined;
}

function verbsAt({ group }: Pick<Place, "group">): readonly CommandSpec[] {
  return group === undefined ? VERBS : (GROUPS.find(({ noun }) => noun === group)?.verbs ?? []);
}

function verbOf({ command }: CommandSpec): string {
  return command.split(" ")[0] as string;
}

function optionNamed(name: string, spec: CommandSpec | undefined): Field | undefined {
  return Object.entries(optionsWith(spec)).find(([long, { alias }]) => long === name || alias === name)?.[1];
}

/** Those of a command, and those of every one; what both have takes what either does. */
function optionsWith(spec: CommandSpec | undefined): Fields {
  const own = Object.entries(spec?.options ?? {}).map(([name, field]): [string, Field] => {
    const { alias, choices = [] } = entryOf(ALWAYS, name) ?? {};
    const all = [...(choices as readonly string[]), ...((field.choices ?? []) as readonly string[])];
    return [
      name,
      { ...(alias === undefined ? {} : { alias }), ...field, ...(all.length === 0 ? {} : { choices: all }) },
    ];
  });
  return { ...ALWAYS, ...Object.fromEntries(own) };
}

function optionsOf(place: Place): Candidate[] {
  const { spec = meantAlone(place) } = place;
  return Object.entries(optionsWith(spec)).map(([name, { describe }]) => ({
    value: `--${name}`,
    describe: typeof describe === "string" ? describe : "",
  }));
}

/** What a word or the value of an option can be: one of its choices, or a name. */
function valuesOf({ choices = [], refers = [], suggests = [], isFile = false }: Field): Possible {
  const known = [
    ...(choices as readonly string[]),
    ...suggests,
    ...refers.flatMap((kind) => NAMED_ALREADY[kind] ?? []),
  ];
  return {
    known: known.map((value) => ({ value, describe: "" })),
    names: refers.filter((kind) => NAMED_ALREADY[kind] === undefined),
    isFile,
  };
}

function wordsOf(place: Place): Possible {
  const { group, spec, positionals } = place;
  if (spec !== undefined) {
    const fields = Object.values(spec.positionals ?? {});
    // one that takes several takes all that follow
    const field = fields[Math.min(positionals, fields.length - 1)];
    if (positionals >= fields.length && field?.array !== true) return NOTHING;
    return field === undefined ? NOTHING : valuesOf(field);
  }
  const shown = verbsAt(place).filter(({ isHidden }) => isHidden !== true);
  const verbs = shown.map((verb) => ({ value: verbOf(verb), describe: verb.summary }));
  const nouns = group === undefined ? GROUPS.map(({ noun, summary }) => ({ value: noun, describe: summary })) : [];
  const [first] = Object.values(meantAlone(place)?.positionals ?? {});
  const { known, names } = first === undefined ? NOTHING : valuesOf(first);
  return { known: [...nouns, ...verbs, ...known], names };
}

function begin({ known, names, isFile = false }: Possible, begun: string, before = ""): Completion {
  const fitting = known.filter(({ value }) => value.startsWith(begun));
  return { known: fitting.map((one) => ({ ...one, value: before + one.value })), names, isFile, begun, before };
}
