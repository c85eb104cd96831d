import type { CommandGroup } from "../../grammar/spec.ts";
import { asks, verb } from "../../grammar/verb.ts";
import { optionFor } from "../../grammar/typed-options.ts";

/** What it cost. */
export const COST: CommandGroup = {
  noun: "cost",
  summary: "what it cost: today, the last 7 days or the last 30, and by what it was spent",
  standsAlone: true,
  verbs: [
    verb("cost.get", {
      name: "show",
      also: ["cost.report"],
      options: {
        by: optionFor("cost.report", "by"),
        from: optionFor("cost.report", "from"),
        to: optionFor("cost.report", "to"),
        limit: optionFor("cost.report", "limit"),
        // beside those that there are everywhere
        format: { choices: ["csv"], describe: "how to show it; csv for a spreadsheet, with all rows" },
      },
      load: async () => (await import("./show-cost.ts")).showCost,
    }),
    asks("cost.forecast", { page: async () => (await import("./forecast-page.ts")).forecastPage }),
  ],
};
