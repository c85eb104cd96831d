import type { CommandGroup } from "../../grammar/spec.ts";
import { asks } from "../../grammar/verb.ts";

/** What may be spent, and what is done where that is over. */
export const BUDGETS: CommandGroup = {
  noun: "budgets",
  summary: "what may be spent, how that stands, and raising it",
  verbs: [
    asks("budgets.list", { page: async () => (await import("./pages.ts")).budgetsPage }),
    asks("budgets.set", { page: async () => (await import("./pages.ts")).budgetCard }),
    asks("budgets.raise", { page: async () => (await import("./pages.ts")).budgetCard }),
    asks("budgets.remove", { page: async () => (await import("./pages.ts")).budgetRemoved }),
  ],
};
