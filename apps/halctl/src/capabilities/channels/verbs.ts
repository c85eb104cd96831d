import { type CommandGroup, WATCH } from "../../grammar/spec.ts";
import { takesSeveral } from "../../grammar/acts.ts";
import { asks, verb } from "../../grammar/verb.ts";

/** Where people and programs are told. */
export const CHANNELS: CommandGroup = {
  noun: "channels",
  summary: "who is told of what happens, and whether it arrives",
  verbs: [
    verb("channels.list", { options: WATCH, load: async () => (await import("./channels.ts")).listChannels }),
    asks("channels.setup", {
      page: async () => (await import("./pages.ts")).setupPage,
      // a person copies it as it stands
      prose: ["manifest"],
    }),
    takesSeveral(verb("channels.test", { load: async () => (await import("./channels.ts")).testChannel })),
  ],
};

/** What they are told. */
export const NOTICES: CommandGroup = {
  noun: "notices",
  summary: "what was told to whom, and what still waits",
  verbs: [verb("notices.list", { options: WATCH, load: async () => (await import("./channels.ts")).listNotices })],
};
