import { type CommandGroup, WATCH } from "../../grammar/spec.ts";
import { takesSeveral } from "../../grammar/acts.ts";
import { asks, verb } from "../../grammar/verb.ts";

/** What nodes were asked for. */
export const COMMANDS: CommandGroup = {
  noun: "commands",
  summary: "what was asked of nodes, and what came of it",
  verbs: [
    verb("commands.list", {
      options: WATCH,
      load: async () => (await import("./commands.ts")).listCommands,
    }),
    asks("commands.get", { page: async () => (await import("./pages.ts")).commandCard }),
    takesSeveral(
      verb("commands.cancel", {
        fields: { id: { refers: ["open-command"] } },
        load: async () => (await import("./commands.ts")).cancelCommand,
      }),
    ),
  ],
};
