import { createHash } from "node:crypto";
import { cutEnd } from "../cut.ts";

/** A command that Discord shows as people type. */
export interface DiscordCommand {
  /** 1 to 32 of `a-z 0-9 _ -` */
  readonly name: string;
  readonly description: string;
  readonly options?: readonly DiscordCommandOption[];
  /** commands below it: `agentmd set`; it has no options of its own then */
  readonly below?: readonly Omit<DiscordCommand, "below">[];
}

/** Something that is asked for by its name; those that are needed come first. */
export interface DiscordCommandOption {
  readonly name: string;
  readonly description: string;
  readonly kind: "text" | "whole" | "number" | "yesno";
  readonly isRequired?: boolean;
  /** up to 25 values of a text, of which one is taken */
  readonly choices?: readonly string[];
  /** the listener is asked how a text may go on, see `complete` */
  readonly isCompleted?: boolean;
}

const TYPES = { text: 3, whole: 4, number: 10, yesno: 5 } as const;
const MOST = 100;
const MOST_OPTIONS = 25;

/** A command as Discord takes it. */
export interface RenderedDiscordCommand {
  readonly type: 1;
  readonly name: string;
  readonly description: string;
  readonly options: readonly RenderedDiscordOption[];
}

export interface RenderedDiscordOption {
  /** 1 is a command below */
  readonly type: 1 | 3 | 4 | 5 | 10;
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly autocomplete?: boolean;
  readonly choices?: readonly { readonly name: string; readonly value: string }[];
  readonly options?: readonly RenderedDiscordOption[];
}

/** Commands as Discord takes them, and what they are known by: the same commands have the same hash. */
export function renderDiscordCommands(commands: readonly DiscordCommand[]): {
  readonly body: readonly RenderedDiscordCommand[];
  readonly hash: string;
} {
  const body = commands.slice(0, MOST).map(({ name, description, options = [], below = [] }) => ({
    type: 1 as const,
    name,
    description: said(description),
    options: below.length === 0 ? optionsOf(options) : below.map(subcommandOf),
  }));
  return { body, hash: createHash("sha256").update(JSON.stringify(body)).digest("hex").slice(0, 16) };
}

function subcommandOf({ name, description, options = [] }: Omit<DiscordCommand, "below">): RenderedDiscordOption {
  return { type: 1, name, description: said(description), options: optionsOf(options) };
}

function optionsOf(options: readonly DiscordCommandOption[]): readonly RenderedDiscordOption[] {
  const first = options.filter(({ isRequired = false }) => isRequired);
  const rest = options.filter(({ isRequired = false }) => !isRequired);
  return [...first, ...rest].slice(0, MOST_OPTIONS).map(optionOf);
}

function optionOf(option: DiscordCommandOption): RenderedDiscordOption {
  const { name, kind, isRequired = false, choices = [], isCompleted = false } = option;
  const common = { name, description: said(option.description), required: isRequired };
  if (kind !== "text") return { type: TYPES[kind], ...common };
  if (choices.length > 0)
    return { type: TYPES.text, ...common, choices: choices.slice(0, 25).map((one) => ({ name: one, value: one })) };
  return isCompleted ? { type: TYPES.text, ...common, autocomplete: true } : { type: TYPES.text, ...common };
}

function said(description: string): string {
  return cutEnd(description.toWellFormed().replaceAll(/\s+/g, " ").trim(), 100) || "–";
}
