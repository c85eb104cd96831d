import { FOLLOW } from "../../grammar/spec.ts";
import { optionFor } from "../../grammar/typed-options.ts";
import { verb } from "../../grammar/verb.ts";

/** What happened. */
export const EVENTS = verb("events.list", {
  name: "events",
  // the newest is at the bottom, where a person looks
  summary: "what happened, newest last",
  takes: ["type", "since", "limit"],
  options: {
    ...FOLLOW,
    // not whole ids alone: they are looked up
    session: optionFor("commands.list", "session"),
    node: optionFor("commands.list", "node"),
  },
  also: ["events.stream"],
  load: async () => (await import("./events.ts")).showEvents,
});
