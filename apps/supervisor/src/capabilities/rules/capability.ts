import { capability } from "../capability.ts";
import type { Context as SessionsContext } from "../sessions/context.ts";
import { briefRules, ruleBriefing } from "./brief-rules.ts";
import type { Context } from "./context.ts";
import { ruleHandlers } from "./operations.ts";
import { RuleBook } from "./rule-book.ts";

/** Standing rules: what nodes answer without a person. */
export const rules = capability<SessionsContext, Context>()({
  name: "rules",
  async open({ store, briefings }, { used }) {
    const ruleBook = new RuleBook(store, used);
    await ruleBook.refresh();
    briefings.add((node) => ruleBriefing(ruleBook, node));
    return { ruleBook };
  },
  handlers: ruleHandlers,
  liveKeys: ["interaction_rules"],
  reload(context, { changed }) {
    if (changed.includes("interaction_rules")) briefRules(context);
  },
});
