import type { CommandGroup } from "../../grammar/spec.ts";
import { takesSeveral } from "../../grammar/acts.ts";
import { asks, verb } from "../../grammar/verb.ts";

/** What nodes answer without a person. */
export const RULES: CommandGroup = {
  noun: "rules",
  summary: "standing rules: what is allowed or denied without a person",
  verbs: [
    asks("rules.list", { page: async () => (await import("./pages.ts")).rulesPage }),
    verb("rules.add", { load: async () => (await import("./rules.ts")).addRule }),
    takesSeveral(asks("rules.remove", { page: async () => (await import("./pages.ts")).ruleCard })),
  ],
};
