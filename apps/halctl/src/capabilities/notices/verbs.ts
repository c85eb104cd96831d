import type { CommandGroup } from "../../grammar/spec.ts";
import { asks, verb } from "../../grammar/verb.ts";

/** Which events are told to whom. */
export const ROUTES: CommandGroup = {
  noun: "routes",
  summary: "which events are told to whom, and why one was, or was not",
  verbs: [
    asks("routes.list", { page: async () => (await import("./pages.ts")).routesPage }),
    verb("routes.test", {
      fields: {
        event: {
          describe: "a file with an event as JSON, as `halctl events -o json` prints one; - for standard input",
          isFile: true,
        },
      },
      load: async () => (await import("./routes.ts")).testRoutes,
    }),
    asks("routes.why", { page: async () => (await import("./pages.ts")).whyPage }),
  ],
};
