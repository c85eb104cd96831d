import { bySpecificity, type StandingRule } from "@hal/protocol";
import { isMadeOf } from "./made-of.ts";
import { type Match, matchPattern } from "./match-pattern.ts";

/** A text that is longer is nothing that a rule answers for: it is for a person. */
const MOST_CHARS = 16_384;
const MOST_TEXTS = 200;

/** What asks to be judged. */
export interface Judged {
  readonly project: string;
  readonly permission: string;
  readonly patterns: readonly string[];
  /** the command line that the patterns are parts of */
  readonly command?: string | undefined;
}

/** What rules answer: by which one, and by which others for other parts of the request. */
export interface Verdict {
  readonly reply: "allow" | "deny";
  readonly rule: StandingRule;
  readonly also: readonly string[];
}

/**
 * What standing rules answer; undefined where it is for a person. One part that is denied denies the request, and it is
 * allowed only where each part is. The order of the rules never matters.
 */
export function judgeRequest(rules: readonly StandingRule[], asked: Judged): Verdict | undefined {
  const { project, permission, patterns, command } = asked;
  const about = rules.filter((rule) => rule.permission === permission && (rule.project ?? project) === project);
  if (about.length === 0) return undefined;
  const isCommand = permission === "bash";
  const texts = patterns.length === 0 && !isCommand ? [""] : patterns;
  const decided = texts.slice(0, MOST_TEXTS).map((text) => decide(about, text, isCommand));
  const denied = named(decided.filter((rule) => rule?.reply === "deny"));
  if (denied !== undefined) return { reply: "deny", ...denied };
  if (texts.length > MOST_TEXTS || !decided.every((rule) => rule?.reply === "allow")) return undefined;
  const allowed = named(decided);
  if (allowed === undefined) return undefined;
  const isAny = decided.every((rule) => rule !== undefined && isAnything(rule));
  if (isCommand && !isAny && !isWhole(command, texts)) return undefined;
  return { reply: "allow", ...allowed };
}

function isWhole(command: string | undefined, texts: readonly string[]): boolean {
  return command !== undefined && command.length <= MOST_CHARS && isMadeOf(command, texts);
}

/** The most specific one of those that answered, and the names of the others. */
function named(decided: readonly (StandingRule | undefined)[]): Pick<Verdict, "rule" | "also"> | undefined {
  const [rule, ...others] = [...new Set(decided.filter((one) => one !== undefined))].toSorted(bySpecificity);
  return rule && { rule, also: others.map(({ id }) => id) };
}

interface Fitting {
  readonly rule: StandingRule;
  readonly match: Exclude<Match, "none">;
}

/**
 * The rule that decides on one part. An `allow` counts only where its wildcards took no more than words. The others
 * count however they fit, as they let nothing through; but an `ask` takes nothing from a `deny` by what it swallowed.
 */
function decide(about: readonly StandingRule[], text: string, isCommand: boolean): StandingRule | undefined {
  if (text.length > MOST_CHARS) return undefined;
  const fitting = about.flatMap((rule): Fitting[] => {
    const match = isAnything(rule) ? "clean" : best(rule.pattern ?? "*", text, isCommand);
    return match === "none" || (rule.reply === "allow" && match !== "clean") ? [] : [{ rule, match }];
  });
  const [first, ...rest] = fitting.toSorted((a, b) => bySpecificity(a.rule, b.rule));
  if (first?.rule.reply !== "ask" || first.match === "clean") return first?.rule;
  const next = rest.find(({ rule, match }) => rule.reply === "deny" || (rule.reply === "ask" && match === "clean"));
  return next?.rule.reply === "deny" ? next.rule : first.rule;
}

/** A command is the same one however many blanks stand in it, for what lets nothing through. */
function best(pattern: string, text: string, isCommand: boolean): Match {
  const match = matchPattern(pattern, text, isCommand);
  if (match !== "none") return match;
  const plain = isCommand ? text.replaceAll(/\s+/g, " ").trim() : text.replaceAll("\\", "/");
  return plain === text || matchPattern(pattern, plain, isCommand) === "none" ? "none" : "swallowing";
}

/** Whether it is meant for whatever is asked: nothing is smuggled past what takes everything. */
function isAnything({ pattern }: StandingRule): boolean {
  return pattern === undefined || pattern === "*";
}
