import { cutText, inLines } from "@hal/protocol/text";
import { duration } from "@hal/words";
import { matchesType } from "./event-pattern.ts";
import { type Expression, MEASURES, type MeasureName, type Name } from "./route-expression.ts";

export { MEASURES, type MeasureName } from "./route-expression.ts";

/** What is known when a route is judged: of an event, or of a moment, which has no type. */
export interface RouteFacts {
  readonly type: string | undefined;
  readonly fields: {
    /** by its id and its name */
    readonly node?: readonly string[];
    readonly project?: string | null;
    readonly session?: string | null;
    readonly title?: string | null;
    /** how a command ended that builds or tests: `failed` or `passed` */
    readonly build?: string | null;
  };
  readonly data: Readonly<Record<string, unknown>>;
  readonly measures: Readonly<Partial<Record<MeasureName, number>>>;
}

type Comparison = Extract<Expression, { readonly kind: "compare" }>;

/** Whether an expression holds. It never throws, and takes as long as the expression is. */
export function isTaken(expression: Expression, facts: RouteFacts): boolean {
  switch (expression.kind) {
    case "and":
      return isTaken(expression.left, facts) && isTaken(expression.right, facts);
    case "or":
      return isTaken(expression.left, facts) || isTaken(expression.right, facts);
    case "not":
      return !isTaken(expression.of, facts);
    case "event":
      return facts.type !== undefined && matchesType(expression.pattern, facts.type);
    case "compare":
      return holds(expression, facts);
    default:
      return expression satisfies never;
  }
}

/** What is not there equals nothing, and is neither more nor less. */
function holds({ name, operator, value }: Comparison, facts: RouteFacts): boolean {
  const found = foundIn(name, facts);
  const isEqual = found.includes(value);
  if (operator === "==") return isEqual;
  if (operator === "!=") return !isEqual;
  const [first] = found;
  if (typeof first !== "number" || typeof value !== "number") return false;
  if (operator === "<") return first < value;
  if (operator === "<=") return first <= value;
  return operator === ">" ? first > value : first >= value;
}

/** What a name stands for; a node is called by two names, and what is not there has none. */
function foundIn(name: Name, { type, fields, data, measures }: RouteFacts): readonly unknown[] {
  switch (name.kind) {
    case "field":
      return known(name.name === "type" ? type : fields[name.name]);
    case "measure":
      return known(measures[name.name]);
    case "data":
      return known(valueAt(data, name.path));
    default:
      return name satisfies never;
  }
}

function known(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function valueAt(data: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, key) =>
      typeof found === "object" && found !== null && Object.hasOwn(found, key) ? Reflect.get(found, key) : undefined,
    data,
  );
}

/** What decides whether an expression holds, in words and in one line, with what was found. It never throws. */
export function explain(expression: Expression, facts: RouteFacts): string {
  return cutText(reasonOf(expression, facts), MOST_EXPLAINED);
}

function reasonOf(expression: Expression, facts: RouteFacts): string {
  const isHolding = isTaken(expression, facts);
  switch (expression.kind) {
    case "and":
      if (isHolding) return `${reasonOf(expression.left, facts)}, and ${reasonOf(expression.right, facts)}`;
      return reasonOf(isTaken(expression.left, facts) ? expression.right : expression.left, facts);
    case "or":
      if (!isHolding) return `${reasonOf(expression.left, facts)}, and ${reasonOf(expression.right, facts)}`;
      return reasonOf(isTaken(expression.left, facts) ? expression.left : expression.right, facts);
    case "not":
      return reasonOf(expression.of, facts);
    case "event":
      if (facts.type === undefined) return "nothing happened; only time has passed";
      return `it is ${shown(facts.type)}${isHolding ? "" : `, not ${expression.pattern}`}`;
    case "compare":
      return explainComparison(expression, facts);
    default:
      return expression satisfies never;
  }
}

function explainComparison({ name, operator, value }: Comparison, facts: RouteFacts): string {
  const said = wordsOf(name);
  const found = foundIn(name, facts);
  if (found.length === 0) return name.kind === "measure" ? `${said} is not known of it` : `${said} is not in it`;
  const some = found.length > MOST_FOUND && found.includes(value) ? [value] : found.slice(0, MOST_FOUND);
  const is = [...some.map((one) => inUnit(name, one)), ...(some.length < found.length ? ["…"] : [])].join(" or ");
  return found.includes(value) || operator.startsWith("<") || operator.startsWith(">")
    ? `${said} is ${is}`
    : `${said} is ${is}, not ${inUnit(name, value)}`;
}

function wordsOf(name: Name): string {
  return name.kind === "data" ? `data.${name.path.join(".")}` : name.name;
}

function inUnit(name: Name, value: unknown): string {
  if (typeof value === "number" && name.kind === "measure")
    return MEASURES[name.name] === "duration" ? duration(value) : `$${value}`;
  if (typeof value === "string") return `"${shown(value)}"`;
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : shown(String(value));
}

const MOST_EXPLAINED = 500;
const MOST_SHOWN = 80;
/** So many of the values of a list are shown. */
const MOST_FOUND = 3;

/** Others' words, in one line. No more of them is looked at than may be shown, blanks aside. */
function shown(text: string): string {
  const line = inLines(text.slice(0, 2 * MOST_EXPLAINED))
    .replaceAll(/\s+/g, " ")
    .trim();
  return cutText(text.length > 2 * MOST_EXPLAINED ? `${line}…` : line, MOST_SHOWN);
}

/** The types of events that an expression may hold for, whatever else is known of them. */
export function typesOf(expression: Expression, types: readonly string[]): string[] {
  return types.filter((type) => judge(expression, type) !== false);
}

/** By the type alone; undefined where the rest decides. */
function judge(expression: Expression, type: string): boolean | undefined {
  switch (expression.kind) {
    case "and": {
      const [left, right] = [judge(expression.left, type), judge(expression.right, type)];
      return left === false || right === false ? false : left === true && right === true ? true : undefined;
    }
    case "or": {
      const [left, right] = [judge(expression.left, type), judge(expression.right, type)];
      return left === true || right === true ? true : left === false && right === false ? false : undefined;
    }
    case "not": {
      const inner = judge(expression.of, type);
      return inner === undefined ? undefined : !inner;
    }
    case "event":
      return matchesType(expression.pattern, type);
    case "compare":
      return judgeComparison(expression, type);
    default:
      return expression satisfies never;
  }
}

function judgeComparison({ name, operator, value }: Comparison, type: string): boolean | undefined {
  if (name.kind !== "field" || name.name !== "type") return undefined;
  return operator === "==" ? type === value : type !== value;
}

/** What an expression asks to be measured. */
export function measuresOf(expression: Expression): MeasureName[] {
  switch (expression.kind) {
    case "and":
    case "or":
      return [...new Set([...measuresOf(expression.left), ...measuresOf(expression.right)])];
    case "not":
      return measuresOf(expression.of);
    case "event":
      return [];
    case "compare":
      return expression.name.kind === "measure" ? [expression.name.name] : [];
    default:
      return expression satisfies never;
  }
}
