import { checkDb, backUpDb, infoDb, restoreDb } from "./db-files.ts";
import type { DbCommand } from "./db-command.ts";
import { pruneDb } from "./prune-db.ts";

/** Every command of `hal-supervisor db`. */
export const DB_COMMANDS: readonly DbCommand[] = [
  { verb: "info", summary: "size, age, schema, backups", options: {}, run: infoDb },
  {
    verb: "check",
    summary: "read all of it, look for damage and for rows that cannot be shown",
    options: { repair: { type: "boolean", default: false, describe: "mark those rows; the supervisor may run" } },
    run: checkDb,
  },
  {
    verb: "backup",
    summary: "copy it as it is now; the supervisor may run",
    options: { to: { type: "string", describe: "file to write; <database>.backup where there is none" } },
    run: backUpDb,
  },
  {
    verb: "restore",
    summary: "put a backup in its place; stop the supervisor first",
    positional: "FILE",
    options: {},
    run: restoreDb,
  },
  {
    verb: "prune",
    summary: "delete what is old and has ended; the supervisor may run",
    options: {
      "older-than": { type: "string", default: "90d", describe: "such as 90d or 12h; 90d where it is not given" },
      "dry-run": { type: "boolean", default: false, describe: "count only" },
    },
    run: pruneDb,
  },
];
