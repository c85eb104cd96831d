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
      summary: "the contexts, and what counts now and where it was said",
      loadLocal: async () => (await import("./config.ts")).showConfig,
    },
    {
      command: "use <name>",
      summary: "the context that is meant from now on",
      positionals: NAME,
      loadLocal: async () => (await import("./config.ts")).useContext,
    },
    {
      command: "set <name>",
      summary:
        "make or change a context by --supervisor-url, --token-file, --auth-token, --ca-file, --tls-fingerprint, --insecure",
      positionals: NAME,
      options: {
        "token-stdin": { type: "boolean", default: false, describe: "take the token from standard input" },
        use: { type: "boolean", default: false, describe: "and mean it from now on" },
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
      summary: "judge the file; it asks no supervisor (halctl doctor does)",
      loadLocal: async () => (await import("./config.ts")).checkConfig,
    },
    {
      command: "schema",
      summary: "print the JSON Schema of the file, for editors",
      loadLocal: async () => (await import("./config.ts")).printSchema,
    },
  ],
};
