import type { CommandGroup, Fields } from "../../grammar/spec.ts";

const NAME: Fields = {
  name: { type: "string", demandOption: true, describe: "name of the context", refers: ["context"] },
};

/** Which supervisors a person works with. */
export const CONFIG: CommandGroup = {
  noun: "config",
  summary: "halctl's own config file: named contexts, each a supervisor with a token",
  verbs: [
    {
      command: "show",
      summary: "show the contexts, and which settings are in effect",
      loadLocal: async () => (await import("./config.ts")).showConfig,
    },
    {
      command: "use <name>",
      summary: "switch to another context",
      positionals: NAME,
      loadLocal: async () => (await import("./config.ts")).useContext,
    },
    {
      command: "set <name>",
      summary:
        "create or change a context from --supervisor-url, --token-file, --auth-token, --ca-file, --tls-fingerprint, --insecure",
      positionals: NAME,
      options: {
        "token-stdin": { type: "boolean", default: false, describe: "read the token from standard input" },
        use: { type: "boolean", default: false, describe: "switch to it as well" },
      },
      loadLocal: async () => (await import("./config.ts")).setContext,
    },
    {
      command: "remove <name>",
      summary: "forget a context",
      positionals: NAME,
      loadLocal: async () => (await import("./config.ts")).removeContext,
    },
    {
      command: "check",
      summary: "check the file for mistakes; it contacts no supervisor (halctl doctor does)",
      loadLocal: async () => (await import("./config.ts")).checkConfig,
    },
    {
      command: "schema",
      summary: "print the JSON Schema of the file, for editors",
      loadLocal: async () => (await import("./config.ts")).printSchema,
    },
  ],
};
