import { type CommandGroup, WATCH } from "../../grammar/spec.ts";
import { asks, verb } from "../../grammar/verb.ts";

const card = async () => (await import("./pages.ts")).projectCard;

/** What the fleet works at. */
export const PROJECTS: CommandGroup = {
  noun: "projects",
  summary: "what the fleet works at: where each project is, and whether its task is completed",
  verbs: [
    verb("projects.list", { options: WATCH, load: async () => (await import("./projects.ts")).listProjects }),
    asks("projects.get", { page: card }),
    asks("projects.complete", { page: card }),
    asks("projects.reopen", { page: card }),
  ],
};
