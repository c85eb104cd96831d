import jsep from "jsep";
import { type Atom, checkSigns, type Operator, operatorAt, OPERATORS, Strange, tokenAt } from "./route-tokens.ts";

/** An expression as it is written. */
export type Syntax =
  | Atom
  | { readonly kind: "not"; readonly of: Syntax }
  | {
      readonly kind: "binary";
      readonly operator: Operator | "&&" | "||";
      readonly left: Syntax;
      readonly right: Syntax;
    };

export type ParsedSyntax =
  | { readonly kind: "syntax"; readonly syntax: Syntax }
  | { readonly kind: "problem"; readonly message: string; readonly position: number };

const MOST_CHARACTERS = 1_000;
/** So deep may it be nested: whoever reads it has room for that. */
const MOST_DEPTH = 100;

// jsep knows precedence, and what stands beside what; its own language is taken out, once for this program
jsep.removeAllBinaryOps();
jsep.removeAllUnaryOps();
jsep.removeAllLiterals();
jsep.addBinaryOp("||", 1);
jsep.addBinaryOp("&&", 2);
for (const operator of OPERATORS) jsep.addBinaryOp(operator, 3);
jsep.hooks.add("gobble-token", function (env) {
  const position = this.index + 1;
  const operator = operatorAt(this.expr, this.index);
  if (operator !== undefined) throw new Strange(position, `nothing is in front of ${operator}`);
  const token = tokenAt(this.expr, this.index);
  if (token !== undefined) {
    this.index += token.length;
    env.node = { type: "Atom", position, atom: token.atom };
  } else if (this.char === "(") env.node = { type: "Group", position, inner: below(this, readGroup) };
  else if (this.char === "!") env.node = { type: "Not", position, inner: below(this, readNegated) };
});

type Reader = jsep.HookScope;
type Read = jsep.Expression | false | undefined;

const depths = new WeakMap<Reader, number>();

/** What belongs to the sign at which the reader stands. */
function below(reader: Reader, read: (reader: Reader, position: number) => jsep.Expression): jsep.Expression {
  const position = reader.index + 1;
  const depth = (depths.get(reader) ?? 0) + 1;
  if (depth > MOST_DEPTH) throw new Strange(position, `it is nested too deeply; ${MOST_DEPTH} levels are most`);
  depths.set(reader, depth);
  reader.index += 1;
  const inner = read(reader, position);
  depths.set(reader, depth - 1);
  return inner;
}

function readGroup(reader: Reader, position: number): jsep.Expression {
  const inner: Read = reader.gobbleExpression();
  reader.gobbleSpaces();
  if (reader.index >= reader.expr.length) throw new Strange(reader.expr.length, "a ) is missing at the end");
  if (!inner) throw new Strange(position, "nothing is in these parentheses");
  if (reader.char !== ")") throw unconnected(reader.index + 1);
  reader.index += 1;
  return inner;
}

function readNegated(reader: Reader, position: number): jsep.Expression {
  const inner: Read = reader.gobbleToken();
  if (!inner) throw new Strange(position, "nothing is behind !");
  return inner;
}

function unconnected(position: number): Strange {
  return new Strange(position, "there is no && or || in front of this");
}

/** Reads what is written, and says of nothing whether it means something. */
export function parseSyntax(text: string): ParsedSyntax {
  if (text.length > MOST_CHARACTERS)
    return problem(MOST_CHARACTERS, `it has ${text.length} characters, and ${MOST_CHARACTERS} is most`);
  if (text.trim() === "") return problem(1, "it is empty; write which events, such as session.error");
  try {
    checkSigns(text);
    return { kind: "syntax", syntax: syntaxOf(jsep(text) as unknown as Node) };
  } catch (error) {
    if (error instanceof Strange) return problem(error.position, error.message);
    const { description, index } = error as { readonly description?: string; readonly index?: number };
    if (description === undefined || index === undefined) throw error;
    return problem(Math.min(index, text.length - 1) + 1, inOurWords(description));
  }
}

function problem(position: number, message: string): ParsedSyntax {
  return { kind: "problem", message, position };
}

/** What jsep makes of it: its own are `BinaryExpression`, and `Compound` where two stand side by side. */
type Node =
  | { readonly type: "Atom"; readonly position: number; readonly atom: Atom }
  | { readonly type: "Group" | "Not"; readonly position: number; readonly inner: Node }
  | {
      readonly type: "BinaryExpression" | "LogicalExpression";
      readonly operator: Operator | "&&" | "||";
      readonly left: Node;
      readonly right: Node;
    }
  | { readonly type: "Compound"; readonly body: readonly [Node, Node] };

function syntaxOf(node: Node): Syntax {
  switch (node.type) {
    case "Atom":
      return node.atom;
    case "Group":
      return syntaxOf(node.inner);
    case "Not":
      return { kind: "not", of: syntaxOf(node.inner) };
    case "BinaryExpression":
    case "LogicalExpression":
      return { kind: "binary", operator: node.operator, left: syntaxOf(node.left), right: syntaxOf(node.right) };
    case "Compound":
      throw unconnected(placeOfNode(node.body[1]));
    default:
      return node satisfies never;
  }
}

function placeOfNode(node: Node): number {
  if (node.type === "Compound") return placeOfNode(node.body[0]);
  return "left" in node ? placeOfNode(node.left) : node.position;
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

function inOurWords(description: string): string {
  const behind = /^Expected expression after (\S+)$/.exec(description)?.[1];
  return behind === undefined ? "there is no ( for this )" : `nothing is behind ${behind}`;
}
