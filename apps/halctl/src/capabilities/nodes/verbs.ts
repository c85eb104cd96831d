import { asksFirst, takesSeveral } from "../../grammar/acts.ts";
import { asks, verb } from "../../grammar/verb.ts";
import { listed, said } from "../../output/said.ts";
import { type CommandGroup, WATCH } from "../../grammar/spec.ts";

/** Machines that run agents, and what is done with them. */
export const NODES: CommandGroup = {
  noun: "nodes",
  summary: "machines that run agents",
  verbs: [
    verb("nodes.list", { options: WATCH, load: async () => (await import("./nodes.ts")).listNodes }),
    asks("nodes.get", { page: async () => (await import("./pages.ts")).nodeCard }),
    takesSeveral(verb("nodes.check", { load: async () => (await import("./nodes.ts")).checkNode })),
    asksFirst(
      asks("nodes.replace", { page: async () => (await import("./pages.ts")).replacedPage }),
      (nodes) => said`Replace ${listed(nodes)} and end what was sent to it? Type yes: `,
    ),
    asksFirst(
      takesSeveral(asks("nodes.remove", { page: async () => (await import("./pages.ts")).removedPage })),
      (nodes) => said`Forget ${listed(nodes)} with all sessions and commands there? Type yes: `,
    ),
  ],
};
