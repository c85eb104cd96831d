import type { CommandSpec } from "../grammar/spec.ts";
import { SHELLS } from "./scripts.ts";

/** What a shell asks for once. */
export const COMPLETION: CommandSpec = {
  command: "completion [shell]",
  summary: "print what your shell needs to complete commands, options and names",
  positionals: { shell: { choices: SHELLS, describe: "by $SHELL where it is not said" } },
  loadLocal: async () => (await import("./print-completion.ts")).printCompletion,
};
