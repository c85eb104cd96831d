import {
  HalError,
  type Operation,
  type OperationInput,
  type OperationName,
  OPERATIONS,
  type TypedField,
  typedFields,
} from "@hal/protocol";
import { parseDuration, sinceTime } from "@hal/words";
import type { Arguments } from "./run.ts";
import type { Field } from "./spec.ts";

const TIME =
  "in the last 10m, 2h, … or since a time such as 2026-02-03T04:05:06Z; without a zone it is of this machine";

/** A field as it is typed at this terminal: a span as `90d`, a time also as a span before now. */
export function optionOf(field: TypedField): Field {
  const { isRequired, isRest, refers, standard } = field;
  return {
    ...shapeOf(field),
    describe: describe(field),
    ...(isRequired && !isRest ? { demandOption: true } : {}),
    ...(typeof standard === "string" || typeof standard === "number" ? { defaultDescription: String(standard) } : {}),
    ...(refers.length > 0 ? { refers } : {}),
  };
}

/** One field of an operation, for a verb that calls it something else or takes it from another. */
export function optionFor<N extends OperationName>(name: N, of: keyof OperationInput<N> & string): Field {
  const operation: Operation = OPERATIONS[name];
  const field = typedFields(operation).find(({ field: one }) => one === of);
  if (field === undefined) throw new Error(`${name} has no ${of} that people type`);
  return optionOf(field);
}

/** What an operation is asked for with what was typed; only what was said is in it. */
export function inputOf<N extends OperationName>(name: N, argv: Arguments, now: number): OperationInput<N> {
  const operation: Operation = OPERATIONS[name];
  const said = typedFields(operation).flatMap((field) => {
    const value = valueOf(field, argv[field.name], now);
    return value === undefined ? [] : [[field.field, value] as const];
  });
  return Object.fromEntries(said) as OperationInput<N>;
}

function valueOf({ kind, isRest }: TypedField, typed: unknown, now: number): unknown {
  if (kind === "time" && typeof typed === "string") return sinceTime(typed, now);
  if (!isRest || !Array.isArray(typed)) return typed;
  return typed.length === 0 ? undefined : kind === "list" ? typed : typed.join(" ");
}

function describe({ kind, isRest, description }: TypedField): string {
  const text = description.replaceAll("`", "");
  if (kind === "time") return TIME;
  if (kind === "span") return text.replace(/;|$/, (end) => `, such as 90d or 12h${end}`);
  return isRest ? `${text}; standard input where there is none` : text;
}

function shapeOf(field: TypedField): Field {
  const { kind, choices = [], isRest } = field;
  if (isRest) return { type: "string", array: true, default: [] };
  switch (kind) {
    case "choice":
      return { choices };
    case "switch":
      return { type: "boolean" };
    case "number":
      return { type: "number", coerce: (given?: number) => (given === undefined ? undefined : within(field, given)) };
    case "span":
      return { type: "string", coerce: (given?: string) => (given === undefined ? undefined : parseDuration(given)) };
    case "text":
    case "time":
      return { type: "string" };
    case "list":
      return { type: "string", array: true };
    default:
      return kind satisfies never;
  }
}

/** A person who asks for another number is told, instead of getting what was not asked for. */
function within({ name, place, range: { least, most }, isFractional }: TypedField, given: number): number {
  if ((isFractional || Number.isInteger(given)) && given >= least && given <= most) return given;
  const what = place === undefined ? `--${name}` : `<${name}>`;
  const range =
    most === Number.MAX_SAFE_INTEGER ? `a whole number, ${least} or more` : `a number from ${least} to ${most}`;
  throw new HalError("bad_request", `${what} takes ${range}${Number.isNaN(given) ? "" : `, and not ${given}`}`);
}
