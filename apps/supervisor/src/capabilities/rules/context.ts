import type { Context as SessionsContext } from "../sessions/context.ts";
import type { RuleBook } from "./rule-book.ts";

/** What standing rules may use, and the rules. */
export interface Context extends SessionsContext {
  readonly ruleBook: RuleBook;
}
