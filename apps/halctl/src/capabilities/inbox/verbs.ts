import { type CommandGroup, WATCH } from "../../grammar/spec.ts";
import { verb } from "../../grammar/verb.ts";

/** What needs a person. */
export const INBOX: CommandGroup = {
  noun: "inbox",
  summary: "what needs you: questions, failures, what is stuck and what finished",
  standsAlone: true,
  verbs: [verb("inbox.list", { options: WATCH, load: async () => (await import("./inbox.ts")).showInbox })],
};
