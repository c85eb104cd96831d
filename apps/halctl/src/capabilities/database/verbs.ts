import type { CommandGroup } from "../../grammar/spec.ts";
import { asksFirst } from "../../grammar/acts.ts";
import { asks, verb } from "../../grammar/verb.ts";
import { said } from "../../output/said.ts";

/** The supervisor's database, through the supervisor; restoring one is `hal-supervisor db restore`. */
export const DB: CommandGroup = {
  noun: "db",
  summary: "the supervisor's database",
  verbs: [
    asks("db.info", { page: async () => (await import("./pages.ts")).dbCard }),
    verb("db.backup", { load: async () => (await import("./db.ts")).backUpDb }),
    verb("db.check", {
      summary: "read all of it and look for damage and rows that cannot be shown; exit 1 where there are some",
      options: { repair: { type: "boolean", default: false, describe: "mark those rows, once no damage is found" } },
      also: ["db.repair"],
      load: async () => (await import("./db.ts")).checkDb,
    }),
    asksFirst(
      asks("db.prune", {
        fields: { older_than_ms: { default: "90d", demandOption: false } },
        page: async () => (await import("./pages.ts")).prunedPage,
      }),
      () => said`Delete what is that old? --dry-run counts it without deleting. Type yes: `,
    ),
  ],
};
