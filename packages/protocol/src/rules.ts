import * as v from "valibot";
import { lenient, list, Timestamp } from "./bounds.ts";
import { closest } from "./text/closest.ts";

/** So many standing rules there are at most, the file's among them; all of them fit into a frame. */
export const MOST_RULES = 200;

/** What a rule may be long, in characters. */
export const RULE_CHARS = { name: 128, pattern: 256, reason: 300 } as const;

/** What opencode 1.x asks permission for. A tool of an MCP server asks by its own name, which begins with that of the server. */
export const PERMISSION_KINDS = [
  "read",
  "edit",
  "glob",
  "grep",
  "list",
  "bash",
  "task",
  "external_directory",
  "todowrite",
  "webfetch",
  "websearch",
  "codesearch",
  "lsp",
  "doom_loop",
  "skill",
  "plan_enter",
  "plan_exit",
] as const;

/** Nothing that a person could not see where the rule is shown. */
const VISIBLE = /^[^\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]*$/u;
const invisible = "has a character that cannot be seen, or a line break; write it without";

const Name = (most: number) =>
  v.pipe(
    v.string("must be text"),
    v.minLength(1, "is empty"),
    v.maxLength(most, `is longer than ${most} characters`),
    v.check((text) => VISIBLE.test(text), invisible),
  );

/** What a standing rule answers: `ask` leaves it to a person although a less specific rule would answer. */
export const RuleReply = v.picklist(["allow", "deny", "ask"], "must be allow, deny or ask");
export type RuleReply = v.InferOutput<typeof RuleReply>;

export const RuleProject = Name(RULE_CHARS.name);
export const RulePermission = v.pipe(
  Name(RULE_CHARS.name),
  v.check(isPermissionKind, ({ input }) => unknownKind(input)),
);
export const RulePattern = Name(RULE_CHARS.pattern);
export const RuleReason = Name(RULE_CHARS.reason);

/** What a rule says, wherever it is written. */
export interface RuleSaid {
  readonly project?: string | undefined;
  readonly permission: string;
  readonly pattern?: string | undefined;
  readonly reply: RuleReply;
  readonly reason?: string | undefined;
}

/** What is wrong with a rule as a whole, about its pattern; undefined where nothing is. */
export function ruleProblem({ permission, pattern, reply }: Pick<RuleSaid, "permission" | "pattern" | "reply">) {
  if (pattern === undefined || pattern === "*" || reply !== "allow" || permission !== "bash") return undefined;
  if (!/^[*?]/.test(pattern)) return undefined;
  return "begins with a wildcard, and would allow any command before it; begin it with the command that is meant";
}

/** A standing rule as nodes keep it, and as the log names the one that answered. */
export const StandingRule = v.object({
  /** its place in the configuration, such as `interaction_rules.0`, or `rule_` and a UUIDv7 */
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(RULE_CHARS.name)),
  source: v.picklist(["file", "operation"]),
  /** who set it, and when; absent of one in the configuration */
  by: lenient(v.pipe(v.string(), v.maxLength(RULE_CHARS.name))),
  since: lenient(Timestamp),
  project: v.optional(v.pipe(v.string(), v.maxLength(RULE_CHARS.name))),
  permission: v.pipe(v.string(), v.maxLength(RULE_CHARS.name)),
  pattern: v.optional(v.pipe(v.string(), v.maxLength(RULE_CHARS.pattern))),
  reply: RuleReply,
  reason: v.optional(v.pipe(v.string(), v.maxLength(RULE_CHARS.reason))),
});
export type StandingRule = v.InferOutput<typeof StandingRule>;

export const StandingRules = list(StandingRule, MOST_RULES);

/** A rule in a few words: what it is about, and where it is from. */
export function ruleText({ permission, pattern, project, source, by }: Omit<StandingRule, "id" | "reply">): string {
  const about = `${permission} ${pattern ?? "*"}${project === undefined ? "" : ` in ${project}`}`;
  return `${about}, ${source === "file" ? "from the configuration" : `set by ${by ?? "somebody"}`}`;
}

const WEIGHT = { deny: 0, ask: 1, allow: 2 } as const;

/** The most specific one first: of a project, then by how much of the pattern is said literally, then deny, ask, allow. */
export function bySpecificity(a: StandingRule, b: StandingRule): number {
  return (
    Number(a.project === undefined) - Number(b.project === undefined) ||
    literalChars(b) - literalChars(a) ||
    WEIGHT[a.reply] - WEIGHT[b.reply] ||
    compare(a.id, b.id)
  );
}

function isPermissionKind(name: string): boolean {
  return (PERMISSION_KINDS as readonly string[]).includes(name) || /^[A-Za-z0-9-]+_[A-Za-z0-9_-]+$/.test(name);
}

function unknownKind(name: string): string {
  const near = closest(name, PERMISSION_KINDS);
  const meant = near === undefined ? `it asks for ${PERMISSION_KINDS.join(", ")}` : `did you mean ${near}?`;
  return `opencode asks for no permission of this name; ${meant} (a tool of an MCP server is written server_tool)`;
}

function literalChars({ pattern = "*" }: StandingRule): number {
  return Array.from(pattern.replaceAll(/[*?]/g, "")).length;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
