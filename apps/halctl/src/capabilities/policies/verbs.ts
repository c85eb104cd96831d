import { asks, verb } from "../../grammar/verb.ts";
import type { CommandGroup } from "../../grammar/spec.ts";

/** What happens without a person. */
export const POLICIES: CommandGroup = {
  noun: "policies",
  summary: "what happens without a person: what acts, what pauses it, and what it came to",
  verbs: [
    asks("policies.list", { page: async () => (await import("./pages.ts")).policiesPage }),
    verb("policies.simulate", {
      options: {
        config: { type: "string", describe: "a file with a configuration; without it, the one in use", isFile: true },
      },
      load: async () => (await import("./simulate.ts")).simulate,
    }),
    asks("policies.pause", { page: async () => (await import("./pages.ts")).pausePage }),
    asks("policies.resume", { page: async () => (await import("./pages.ts")).resumedPage }),
  ],
};
