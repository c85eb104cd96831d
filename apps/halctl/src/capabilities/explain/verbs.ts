import { ERROR_CODES, EVENT_TYPES, SESSION_STATUSES } from "@hal/protocol";
import { EXIT } from "../../exit-codes.ts";
import type { CommandSpec } from "../../grammar/spec.ts";

/** What words of the screens mean. */
export const EXPLAIN: CommandSpec = {
  command: "explain [word]",
  summary: "explain a status, an event, an error code or an exit code",
  positionals: {
    word: {
      type: "string",
      describe: "such as waiting, session.retrying, held or 11; exit-codes for all exit codes",
      suggests: [
        ...SESSION_STATUSES,
        "stuck",
        "looping",
        ...EVENT_TYPES,
        ...ERROR_CODES,
        "exit-codes",
        ...Object.values(EXIT).map(String),
      ],
    },
  },
  loadLocal: async () => (await import("./explain.ts")).explain,
};
