import { type CommandGroup, WATCH } from "../../grammar/spec.ts";
import { takesSeveral } from "../../grammar/acts.ts";
import { asks, verb } from "../../grammar/verb.ts";

const itemPage = async () => (await import("./pages.ts")).itemPage;

/** What needs a person. */
export const INBOX: CommandGroup = {
  noun: "inbox",
  summary: "what needs you: questions, failures, what is stuck and what finished",
  standsAlone: true,
  verbs: [
    verb("inbox.list", { options: WATCH, load: async () => (await import("./inbox.ts")).showInbox }),
    takesSeveral(asks("inbox.snooze", { page: itemPage })),
    takesSeveral(asks("inbox.acknowledge", { page: itemPage })),
    takesSeveral(asks("inbox.reopen", { page: itemPage })),
    verb("inbox.review", {
      options: {
        keep: { type: "boolean", default: false, describe: "do not say that you have looked: show it again next time" },
      },
      also: ["inbox.look"],
      load: async () => (await import("./review.ts")).showReview,
    }),
    asks("inbox.look", { page: async () => (await import("./pages.ts")).lookPage }),
  ],
};
