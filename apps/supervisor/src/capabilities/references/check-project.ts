import type { ProjectReport } from "@hal/protocol";
import { listSessions, openCommands } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { nothingLike } from "../../operations/nothing-like.ts";
import { nodeStatuses } from "../nodes/node-statuses.ts";

/** A project is known by a node that has it, by a session that was in it, or by a command for it that has no outcome yet. */
export async function checkProject(context: Context, project: string | undefined): Promise<void> {
  if (project === undefined) return;
  const nodes = [...(await nodeStatuses(context)).values()];
  const names = [...new Set(nodes.flatMap(({ row }) => (row.projects as ProjectReport[]).map(({ name }) => name)))];
  if (names.includes(project) || (await listSessions(context.store, { project, limit: 1 })).length > 0) return;
  if ((await openCommands(context.store)).some((command) => command.project === project)) return;
  throw nothingLike("project", project, names, names.length === 0 ? "" : `; there are: ${names.join(", ")}`);
}
