import { asks, verb } from "./verb.ts";
import { type CommandGroup, ONCE } from "./spec.ts";

/** Who did what. */
export const AUDIT = verb("audit.list", {
  name: "audit",
  // the newest is at the bottom, where a person looks
  summary: "who did what, or was refused, newest last",
  load: async () => (await import("./audit.ts")).showAudit,
});

/** Who may ask what. */
export const TOKENS: CommandGroup = {
  noun: "tokens",
  summary: "who may ask what: tokens with a name and a role",
  verbs: [
    asks("tokens.list", { page: async () => (await import("../output/keep-views.ts")).tokenTable }),
    verb("tokens.create", {
      fields: { expires_in_ms: { alias: "expires" } },
      options: ONCE,
      load: async () => (await import("./tokens.ts")).createToken,
    }),
    verb("tokens.revoke", { load: async () => (await import("./tokens.ts")).revokeToken }),
  ],
};

/** The supervisor's database, through the supervisor; restoring one is `hal-supervisor db restore`. */
export const DB: CommandGroup = {
  noun: "db",
  summary: "the supervisor's database",
  verbs: [
    asks("db.info", { page: async () => (await import("../output/db-pages.ts")).dbCard }),
    verb("db.backup", { load: async () => (await import("./db.ts")).backUpDb }),
    verb("db.check", {
      summary: "read all of it and look for damage and rows that cannot be shown; exit 1 where there are some",
      options: { repair: { type: "boolean", default: false, describe: "mark those rows, once no damage is found" } },
      also: ["db.repair"],
      load: async () => (await import("./db.ts")).checkDb,
    }),
    asks("db.prune", {
      fields: { older_than_ms: { default: "90d", demandOption: false } },
      page: async () => (await import("../output/db-pages.ts")).prunedPage,
    }),
  ],
};
