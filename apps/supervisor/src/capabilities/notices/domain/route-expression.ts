import { EVENT_TYPES, isEventType } from "@hal/protocol";
import { meantText } from "@hal/protocol/text";
import { matchesType } from "./event-pattern.ts";
import { parseSyntax, placeOf, type Syntax } from "./route-syntax.ts";
import type { Operator } from "./route-tokens.ts";

/** What a comparison may name of an event, as people see it. */
export const FIELDS = ["type", "node", "project", "session", "title", "build"] as const;
export type FieldName = (typeof FIELDS)[number];

/** What is measured without any event, and in which unit it is written. */
export const MEASURES = { stuck: "duration", "cost.daily": "dollars" } as const;
export type MeasureName = keyof typeof MEASURES;

/** What is compared: a field, something in the data of the event, or a measure. */
export type Name =
  | { readonly kind: "field"; readonly name: FieldName }
  | { readonly kind: "data"; readonly path: readonly string[] }
  | { readonly kind: "measure"; readonly name: MeasureName };

export type Value = string | number | boolean;

/** A condition on an event, or on a moment. */
export type Expression =
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "event"; readonly pattern: string }
  | { readonly kind: "compare"; readonly name: Name; readonly operator: Operator; readonly value: Value };

export type Parsed =
  | { readonly kind: "expression"; readonly expression: Expression }
  /** the position counts characters from 1 */
  | { readonly kind: "problem"; readonly message: string; readonly position: number };

/** Reads an expression; what is wrong with it is one line that says where, and what to write instead, and quotes nothing that was written. */
export function parseExpression(text: string): Parsed {
  const parsed = parseSyntax(text);
  if (parsed.kind === "problem") return problem(parsed.position, parsed.message);
  try {
    const expression = conditionOf(parsed.syntax);
    if (!namesAny(expression))
      return problem(1, "it names no event; where every event is meant, write * && in front of it");
    return { kind: "expression", expression };
  } catch (error) {
    if (error instanceof Misfit) return problem(error.position, error.message);
    throw error;
  }
}

function problem(position: number, message: string): Parsed {
  return { kind: "problem", message: `at ${position}: ${message}`, position };
}

/** What reads well and means nothing. */
class Misfit extends Error {
  readonly position: number;

  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

function conditionOf(syntax: Syntax): Expression {
  switch (syntax.kind) {
    case "not":
      return { kind: "not", of: conditionOf(syntax.of) };
    case "binary":
      if (syntax.operator === "&&" || syntax.operator === "||")
        return {
          kind: syntax.operator === "&&" ? "and" : "or",
          left: conditionOf(syntax.left),
          right: conditionOf(syntax.right),
        };
      return comparisonOf(syntax.operator, syntax.left, syntax.right);
    case "word":
      return eventOf(syntax.text, syntax.position);
    case "value":
      throw new Misfit(
        syntax.position,
        'a value alone says nothing; compare it with something, as in project == "web"',
      );
    default:
      return syntax satisfies never;
  }
}

function eventOf(pattern: string, position: number): Expression {
  if (Object.hasOwn(MEASURES, pattern))
    throw new Misfit(position, `${pattern} is measured; compare it, as in ${exampleOf(pattern as MeasureName)}`);
  if (isField(pattern) || pattern.startsWith("data."))
    throw new Misfit(position, 'a field is no event; compare it, as in project == "web"');
  if (!EVENT_TYPES.some((type) => matchesType(pattern, type))) {
    const hint = meantText(pattern, [...EVENT_TYPES, ...Object.keys(MEASURES)]);
    throw new Misfit(position, `there is no such event${hint}`);
  }
  return { kind: "event", pattern };
}

function comparisonOf(operator: Operator, left: Syntax, right: Syntax): Expression {
  if (left.kind === "word" && right.kind === "value") return compare(left, operator, right);
  if (left.kind === "value" && right.kind === "word") return compare(right, TURNED[operator], left);
  if (left.kind === "word" && right.kind === "word")
    throw new Misfit(right.position, 'this is no value; text is in quotes, as in project == "web"');
  if (left.kind === "value" && right.kind === "value")
    throw new Misfit(left.position, "two values are compared; one of them has to be a name, such as project");
  if (left.kind === "not")
    throw new Misfit(placeOf(left), '! is in front of a name; write != instead of ==, or !(project == "web")');
  const whole = left.kind === "word" || left.kind === "value" ? right : left;
  throw new Misfit(placeOf(whole), `${operator} compares a name with a value; put && or || between conditions`);
}

const TURNED: Readonly<Record<Operator, Operator>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

type Word = Extract<Syntax, { readonly kind: "word" }>;
type Written = Extract<Syntax, { readonly kind: "value" }>;

function compare({ text, position }: Word, operator: Operator, written: Written): Expression {
  const name = nameOf(text, position);
  checkUnit(name, text, written);
  const { value } = written;
  if (typeof value !== "number" && operator !== "==" && operator !== "!=")
    throw new Misfit(written.position, `${operator} compares numbers; for text write == or !=`);
  if (name.kind === "field" && name.name === "type") checkType(String(value), written.position);
  return { kind: "compare", name, operator, value };
}

function nameOf(text: string, position: number): Name {
  if (Object.hasOwn(MEASURES, text)) return { kind: "measure", name: text as MeasureName };
  if (isField(text)) return { kind: "field", name: text };
  const [first, ...path] = text.split(".");
  if (first === "data" && path.length > 0 && path.every((part) => /^\w+$/.test(part))) return { kind: "data", path };
  if (EVENT_TYPES.some((type) => matchesType(text, type)))
    throw new Misfit(position, "an event is not compared with anything; write it alone");
  const names = [...FIELDS, ...Object.keys(MEASURES)];
  const hint = meantText(text, names) || `; there are: ${names.join(", ")}, and data.… of the event`;
  throw new Misfit(position, `there is nothing of this name to compare${hint}`);
}

function checkType(type: string, position: number): void {
  if (isEventType(type)) return;
  if (type.includes("*"))
    throw new Misfit(position, "text is compared as it is; write the pattern alone, as in session.*");
  throw new Misfit(position, `there is no such event${meantText(type, EVENT_TYPES)}`);
}

function checkUnit(name: Name, text: string, { value, isDuration, position }: Written): void {
  const unit = name.kind === "measure" ? MEASURES[name.name] : undefined;
  if (unit === "duration" && !isDuration)
    throw new Misfit(position, `${text} is a length of time; write it with a unit, such as 5m`);
  if (unit === "dollars" && (isDuration || typeof value !== "number"))
    throw new Misfit(position, `${text} is a sum in dollars; write a number, such as 20`);
  if (name.kind === "field" && typeof value !== "string")
    throw new Misfit(position, `${text} is text; write it in quotes, as in ${text} == "web"`);
}

function exampleOf(name: MeasureName): string {
  return MEASURES[name] === "duration" ? `${name} > 5m` : `${name} > 20`;
}

function isField(text: string): text is FieldName {
  return (FIELDS as readonly string[]).includes(text);
}

/** Whether it says of any event, or anything measured, that it is meant: all else could be true of everything. */
function namesAny(expression: Expression): boolean {
  switch (expression.kind) {
    case "and":
    case "or":
      return namesAny(expression.left) || namesAny(expression.right);
    case "not":
      return namesAny(expression.of);
    case "event":
      return true;
    case "compare":
      return (
        expression.name.kind === "measure" || (expression.name.kind === "field" && expression.name.name === "type")
      );
    default:
      return expression satisfies never;
  }
}
