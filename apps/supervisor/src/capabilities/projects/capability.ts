import { capability } from "../capability.ts";
import type { Context as PromptsContext } from "../prompts/context.ts";
import { followTasks } from "./begin-dependents.ts";
import type { Context } from "./context.ts";
import { DependencyBook } from "./dependency-book.ts";
import { projectHandlers } from "./operations.ts";

/** Events from which something follows for projects that wait for others. */
const FOLLOWED = ["task.completed", "command.failed", "command.expired", "command.cancelled"] as const;

/** What the fleet works at: where each project is, how its task stands, and what waits for that. */
export const projects = capability<PromptsContext, Context>()({
  name: "projects",
  open: (_below, { used }) => ({ dependencies: new DependencyBook(used) }),
  handlers: projectHandlers,
  // another graph starts nothing by itself: what is completed next is judged by it
  liveKeys: ["dependencies"],
  followers: (context) => [{ name: "projects", types: FOLLOWED, handle: (event) => followTasks(context, event) }],
});
