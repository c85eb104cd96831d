import { TOKEN_ROLES } from "@hal/protocol";
import { parseDuration } from "@hal/words";
import { type CommandGroup, type CommandSpec, LIMIT } from "./spec.ts";

/** Who did what. */
export const AUDIT: CommandSpec = {
  command: "audit",
  summary: "who did what, or was refused, newest last",
  options: {
    since: {
      type: "string",
      describe:
        "in the last 10m, 2h, … or since a time such as 2026-02-03T04:05:06Z; without a zone it is of this machine",
    },
    actor: { type: "string", describe: "such as token:ci" },
    action: { type: "string", describe: "such as sessions.kill" },
    target: { type: "string", describe: "as it was named then" },
    result: { choices: ["begun", "ok", "refused", "failed"] },
    ...LIMIT,
  },
  load: async () => (await import("./audit.ts")).showAudit,
};

/** Who may ask what. */
export const TOKENS: CommandGroup = {
  noun: "tokens",
  summary: "who may ask what: tokens with a name and a role",
  verbs: [
    {
      command: "list",
      summary: "all of them, without their secrets",
      load: async () => (await import("./tokens.ts")).listTokens,
    },
    {
      command: "create <name>",
      summary: "make one; its secret is printed this once",
      positionals: { name: { type: "string", demandOption: true, describe: "who or what will use it" } },
      options: {
        role: { choices: TOKEN_ROLES, demandOption: true, describe: "agent may only connect an agent" },
        expires: { type: "string", describe: "after 12h, 90d, …; without it, it is valid until it is revoked" },
        "idempotency-key": { type: "string", describe: "the same key twice makes one" },
      },
      load: async () => (await import("./tokens.ts")).createToken,
    },
    {
      command: "revoke <ref>",
      summary: "end one at once, with every connection that was opened with it",
      positionals: {
        ref: { type: "string", demandOption: true, describe: "name or id; previous ends the overlap after a rotation" },
      },
      options: {
        "keep-created": {
          type: "boolean",
          default: false,
          describe: "with previous: what was made with it stays valid",
        },
      },
      load: async () => (await import("./tokens.ts")).revokeToken,
    },
  ],
};

/** The supervisor's database, through the supervisor; restoring one is `hal-supervisor db restore`. */
export const DB: CommandGroup = {
  noun: "db",
  summary: "the supervisor's database",
  verbs: [
    {
      command: "info",
      summary: "size, age, backup, room on its disk",
      load: async () => (await import("./db.ts")).dbInfo,
    },
    { command: "backup", summary: "back it up, beside it", load: async () => (await import("./db.ts")).backUpDb },
    {
      command: "check",
      summary: "read all of it and look for damage and rows that cannot be shown; exit 1 where there are some",
      options: { repair: { type: "boolean", default: false, describe: "mark those rows, once no damage is found" } },
      load: async () => (await import("./db.ts")).checkDb,
    },
    {
      command: "prune",
      summary: "delete what is old and belongs to nothing that lives",
      options: {
        "older-than": { type: "string", default: "90d", coerce: parseDuration, describe: "such as 90d or 12h" },
        "dry-run": { type: "boolean", default: false, describe: "count only" },
      },
      load: async () => (await import("./db.ts")).pruneDb,
    },
  ],
};
