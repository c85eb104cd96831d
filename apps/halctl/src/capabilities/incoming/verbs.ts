import { type CommandGroup, WATCH } from "../../grammar/spec.ts";
import { asks, verb } from "../../grammar/verb.ts";

const card = async () => (await import("./pages.ts")).repositoryCard;

/** What services tell by webhooks, and what is begun for it. */
export const INCOMING: CommandGroup = {
  noun: "incoming",
  summary: "what services told by webhooks, and what was begun for it",
  verbs: [
    verb("incoming.list", { options: WATCH, load: async () => (await import("./incoming.ts")).listIncoming }),
    asks("incoming.repositories", { page: async () => (await import("./pages.ts")).repositoryTable }),
    asks("incoming.off", { page: card }),
    asks("incoming.on", { page: card }),
  ],
};
