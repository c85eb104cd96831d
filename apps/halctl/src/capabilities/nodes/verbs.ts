import { asks, verb } from "../../grammar/verb.ts";
import { type CommandGroup, WATCH } from "../../grammar/spec.ts";

/** Machines that run agents, and what is done with them. */
export const NODES: CommandGroup = {
  noun: "nodes",
  summary: "machines that run agents",
  verbs: [
    verb("nodes.list", { options: WATCH, load: async () => (await import("./nodes.ts")).listNodes }),
    asks("nodes.get", { page: async () => (await import("./pages.ts")).nodeCard }),
    verb("nodes.check", { load: async () => (await import("./nodes.ts")).checkNode }),
    asks("nodes.replace", { page: async () => (await import("./pages.ts")).replacedPage }),
    asks("nodes.remove", { page: async () => (await import("./pages.ts")).removedPage }),
  ],
};
