import { parseDuration } from "@hal/words";
import jsep from "jsep";

const OPERATORS = ["==", "!=", "<", "<=", ">", ">="] as const;
export type Operator = (typeof OPERATORS)[number];

/** An expression as it is written, each part with where it begins, counted from 1. */
export type Syntax =
  | { readonly kind: "not"; readonly of: Syntax }
  | {
      readonly kind: "binary";
      readonly operator: Operator | "&&" | "||";
      readonly left: Syntax;
      readonly right: Syntax;
    }
  | { readonly kind: "word"; readonly text: string; readonly position: number }
  | {
      readonly kind: "value";
      readonly value: string | number | boolean;
      /** a length of time, in milliseconds */
      readonly isDuration: boolean;
      readonly position: number;
    };

export type ParsedSyntax =
  | { readonly kind: "syntax"; readonly syntax: Syntax }
  | { readonly kind: "problem"; readonly message: string; readonly position: number };

const MOST_CHARACTERS = 1_000;
/** So deep may it be nested: whoever walks it has room for that. */
const MOST_DEPTH = 100;

// jsep knows precedence, parentheses and its own language; what is not ours of that is taken out, once for this program
jsep.removeAllBinaryOps();
jsep.removeAllUnaryOps();
jsep.removeAllLiterals();
jsep.addUnaryOp("!");
jsep.addBinaryOp("||", 1);
jsep.addBinaryOp("&&", 2);
for (const operator of OPERATORS) jsep.addBinaryOp(operator, 3);
jsep.hooks.add("gobble-token", function (env) {
  const found = tokenAt(this.expr, this.index);
  if (found === undefined) return;
  this.index += found.length;
  env.node = { type: "Token", syntax: found.syntax };
});

/** Reads what is written, and says of nothing whether it means something. */
export function parseSyntax(text: string): ParsedSyntax {
  if (text.length > MOST_CHARACTERS)
    return problem(MOST_CHARACTERS, `it has ${text.length} characters, and ${MOST_CHARACTERS} is most`);
  if (text.trim() === "") return problem(1, "it is empty; write which events, such as session.error");
  const strange = strangeIn(text);
  if (strange !== undefined) return strange;
  try {
    return { kind: "syntax", syntax: syntaxOf(jsep(text), 0) };
  } catch (error) {
    if (error instanceof Strange) return problem(error.position, error.message);
    const { description, index } = error as { readonly description?: string; readonly index?: number };
    if (description === undefined || index === undefined) throw error;
    return problem(Math.min(index, text.length - 1) + 1, inOurWords(description, text.charAt(index)));
  }
}

function problem(position: number, message: string): ParsedSyntax {
  return { kind: "problem", message, position };
}

/** What cannot be read as an expression of ours. */
class Strange extends Error {
  readonly position: number;

  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

interface Token {
  readonly syntax: Syntax;
  readonly length: number;
}

const WORD = /[A-Za-z_*][\w.*]*/y;
const NUMBER = /\d[\w.]*/y;
const QUOTED = /"([^"]*)"|'([^']*)'/y;

function tokenAt(text: string, index: number): Token | undefined {
  const position = index + 1;
  const word = at(WORD, text, index)?.[0];
  if (word === "true" || word === "false")
    return token({ kind: "value", value: word === "true", isDuration: false, position }, word);
  if (word !== undefined) return token({ kind: "word", text: word, position }, word);
  const number = at(NUMBER, text, index)?.[0];
  if (number !== undefined) return token(numberOf(number, position), number);
  const quoted = at(QUOTED, text, index);
  if (quoted === undefined) return undefined;
  const [whole, double, single = ""] = quoted;
  return token({ kind: "value", value: double ?? single, isDuration: false, position }, whole);
}

function token(syntax: Syntax, text: string): Token {
  return { syntax, length: text.length };
}

function at(pattern: RegExp, text: string, index: number): RegExpExecArray | undefined {
  pattern.lastIndex = index;
  return pattern.exec(text) ?? undefined;
}

function numberOf(text: string, position: number): Syntax {
  if (/^\d+(\.\d+)?$/.test(text)) return { kind: "value", value: Number(text), isDuration: false, position };
  try {
    return { kind: "value", value: parseDuration(text), isDuration: true, position };
  } catch {
    throw new Strange(position, "this is no number and no length of time; write 5, 90s, 5m, 2h or 1d");
  }
}

/** A character outside of quotes that nothing of ours has; what is in quotes may be anything. */
function strangeIn(text: string): ParsedSyntax | undefined {
  for (let index = 0; index < text.length;) {
    const quoted = at(QUOTED, text, index);
    if (quoted !== undefined) {
      index += quoted[0].length;
      continue;
    }
    const [sign = ""] = text.slice(index);
    if (sign === '"' || sign === "'") return problem(index + 1, `the text that begins here has no ${sign} at its end`);
    if (!/[\w\s.*()!&|=<>]/.test(sign))
      return problem(index + 1, `${sign} means nothing here; text is in quotes, as in project == "web-1"`);
    index += 1;
  }
  return undefined;
}

/** Where its first word or value is. */
export function placeOf(syntax: Syntax): number {
  switch (syntax.kind) {
    case "not":
      return placeOf(syntax.of);
    case "binary":
      return placeOf(syntax.left);
    case "word":
    case "value":
      return syntax.position;
    default:
      return syntax satisfies never;
  }
}

interface Node {
  readonly type: string;
  readonly syntax?: Syntax;
  readonly operator?: string;
  readonly argument?: Node;
  readonly left?: Node;
  readonly right?: Node;
  readonly body?: readonly Node[];
}

function syntaxOf(given: jsep.Expression, depth: number): Syntax {
  const node = given as unknown as Node;
  const below = (one: Node | undefined): Syntax => syntaxOf(one as unknown as jsep.Expression, depth + 1);
  if (depth > MOST_DEPTH) throw new Strange(1, "it is nested too deeply");
  switch (node.type) {
    case "Token":
      return node.syntax as Syntax;
    case "UnaryExpression":
      return { kind: "not", of: below(node.argument) };
    case "LogicalExpression":
    case "BinaryExpression":
      return {
        kind: "binary",
        operator: node.operator as Operator | "&&" | "||",
        left: below(node.left),
        right: below(node.right),
      };
    case "Compound":
      throw new Strange(positionOf(node.body?.[1]), "there is no && or || in front of this");
    default:
      throw new Strange(1, "parentheses hold conditions; put && or || in front of them and behind them");
  }
}

/** Where a node begins, as far as it has a token. */
function positionOf(node: Node | undefined): number {
  if (node?.syntax !== undefined) return placeOf(node.syntax);
  const first = node?.argument ?? node?.left ?? node?.body?.[0];
  return first === undefined ? 1 : positionOf(first);
}

function inOurWords(description: string, sign: string): string {
  const behind = /^Expected expression after (\S+)$/.exec(description)?.[1];
  if (behind !== undefined) return `nothing is behind ${behind}`;
  if (sign === "=") return "= compares nothing; write ==";
  if (sign === "&") return "& means nothing; write &&";
  if (sign === "|") return "| means nothing; write ||";
  if (sign === ")" && description.startsWith("Unexpected")) return "there is no ( for this )";
  if (description.startsWith("Unclosed")) return "a ) is missing at the end";
  if (description.startsWith("missing unaryOp")) return "nothing is behind !";
  return sign === "" ? "it ends too early" : `${sign} means nothing here`;
}
