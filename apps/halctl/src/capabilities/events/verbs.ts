import { type CommandGroup, FOLLOW } from "../../grammar/spec.ts";
import { optionFor } from "../../grammar/typed-options.ts";
import { asksFirst } from "../../grammar/acts.ts";
import { asks, verb } from "../../grammar/verb.ts";
import { listed, said } from "../../output/said.ts";

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

/** What the supervisor does for events as they come. */
export const FOLLOWERS: CommandGroup = {
  noun: "followers",
  summary: "what is done for events as they come, and what was set aside",
  verbs: [
    asks("followers.list", { page: async () => (await import("./follower-pages.ts")).followersPage }),
    verb("followers.retry", { load: async () => (await import("./followers.ts")).retryFollower }),
    asksFirst(
      asks("followers.drop", { page: async () => (await import("./follower-pages.ts")).droppedPage }),
      (names) => said`Give up this event, so that ${listed(names)} never handles it? Type yes: `,
    ),
  ],
};
