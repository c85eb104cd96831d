import type { CommandSpec } from "../grammar/spec.ts";
import type { LocalRun } from "../local.ts";

/** What can be typed. */
export const HELP: CommandSpec = {
  command: "help [words..]",
  summary: "show the commands, or one of them, or the global options",
  positionals: {
    words: { type: "string", array: true, default: [], describe: "a command, such as sessions start; or options" },
  },
  // help knows all commands, and so it cannot be loaded by one of them
  loadLocal: () => Promise.resolve(showHelp),
};

const showHelp: LocalRun<{ readonly words: readonly string[] }> = (local, { words }) => local.help(words);
