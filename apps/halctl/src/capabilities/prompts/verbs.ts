import { type CommandGroup, WATCH } from "../../grammar/spec.ts";
import { takesSeveral } from "../../grammar/acts.ts";
import { asks, verb } from "../../grammar/verb.ts";

const card = async () => (await import("./pages.ts")).promptCard;

/** What waits to be said to sessions. */
export const PROMPTS: CommandGroup = {
  noun: "prompts",
  summary: "what waits to be said to sessions",
  verbs: [
    verb("prompts.list", {
      options: WATCH,
      load: async () => (await import("./prompts.ts")).listPrompts,
    }),
    asks("prompts.get", { page: card, prose: ["text"] }),
    verb("prompts.edit", { load: async () => (await import("./prompts.ts")).editPrompt }),
    asks("prompts.move", { page: card, prose: ["text"] }),
    takesSeveral(asks("prompts.cancel", { page: card, prose: ["text"] })),
    asks("prompts.switch", { page: card, prose: ["text"] }),
  ],
};
