import { capability } from "../capability.ts";
import type { Context } from "./context.ts";
import { projectHandlers } from "./operations.ts";

/** What the fleet works at: where each project is, and how its task stands. */
export const projects = capability<Context>()({
  name: "projects",
  handlers: projectHandlers,
});
