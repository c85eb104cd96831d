import { MOST_RULES, RULES_FEATURE } from "@hal/protocol";
import { type Briefed, briefEach, type Briefing } from "../nodes/briefings.ts";
import type { Context } from "./context.ts";
import type { RuleBook } from "./rule-book.ts";

/** Tells every connected node by which rules it is to answer now. */
export function briefRules({ links, ruleBook }: Pick<Context, "links" | "ruleBook">): void {
  briefEach(links, (link) => ruleBriefing(ruleBook, link));
}

/** All rules, for an agent that goes by them; what is not named holds no more. */
export function ruleBriefing(book: RuleBook, { features }: Pick<Briefed, "features">): Briefing {
  return features.includes(RULES_FEATURE) ? { rules: book.all.slice(0, MOST_RULES) } : {};
}
