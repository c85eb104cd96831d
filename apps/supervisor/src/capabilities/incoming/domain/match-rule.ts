import { fieldAt } from "./field-at.ts";
import type { Happening } from "./happening.ts";
import type { IncomingRule } from "./rule.ts";

/** What rules make of something: the first that takes it counts, or why none does. */
export type Matched =
  | { readonly kind: "taken"; readonly index: number; readonly rule: IncomingRule; readonly thing: string }
  | { readonly kind: "ignored"; readonly reason: string };

/** A name of a thing is no longer than that. */
const MOST_THING = 200;

/** Finds the rule that takes what was told. What a program did starts nothing, and what a stranger did neither. Pure. */
export function matchRule(rules: readonly IncomingRule[], happening: Happening): Matched {
  if (happening.isBot) return ignored("a program did it, and none starts anything");
  let reason = "no rule is about it";
  for (const [index, rule] of rules.entries()) {
    if (rule.event !== happening.event || !isHere(rule, happening)) continue;
    const refusal = refusalOf(rule, happening);
    if (refusal !== undefined) {
      reason = refusal;
      continue;
    }
    const thing = thingOf(rule, happening);
    if (thing !== undefined) return { kind: "taken", index, rule, thing };
    reason = `it has nothing at ${rule.thing ?? ""} that can name what it is about`;
  }
  return ignored(reason);
}

function ignored(reason: string): Matched {
  return { kind: "ignored", reason };
}

function isHere({ repository }: IncomingRule, happening: Happening): boolean {
  return repository === undefined || repository.toLowerCase() === happening.repository.toLowerCase();
}

/** Why a rule for such events does not take this one; undefined where it does. */
function refusalOf(rule: IncomingRule, happening: Happening): string | undefined {
  const { label, prefix, branches, where = {} } = rule;
  if (label !== undefined && !(happening.labels ?? []).some((one) => one.toLowerCase() === label.toLowerCase()))
    return "it has another label";
  if (prefix !== undefined && !beginsWith(happening.comment ?? "", prefix)) return `it does not begin with ${prefix}`;
  if (branches !== undefined && !branches.includes(happening.branch ?? "")) return "it is of another branch";
  for (const [path, value] of Object.entries(where))
    if (fieldAt(happening.body, path) !== String(value)) return `${path} is not what its rule wants`;
  return mayBy(rule, happening) ? undefined : "whoever did it may not, by its rule";
}

/** The prefix stands by itself: `/agents` is not `/agent`. */
function beginsWith(comment: string, prefix: string): boolean {
  const text = comment.trimStart();
  return text.startsWith(prefix) && !/^[\p{L}\p{N}_-]/u.test(text.slice(prefix.length));
}

function mayBy({ users }: IncomingRule, { person, standing }: Happening): boolean {
  if (users === undefined) return standing === "member";
  return users.some((user) => user.toLowerCase() === person.toLowerCase());
}

function thingOf({ thing }: IncomingRule, happening: Happening): string | undefined {
  if (thing === undefined) return happening.thing;
  const named = fieldAt(happening.body, thing);
  return named === undefined || named === "" || named.length > MOST_THING ? undefined : named;
}
