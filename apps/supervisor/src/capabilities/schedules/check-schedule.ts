import { HalError } from "@hal/protocol";
import type { LookContext } from "./context.ts";
import type { Schedule } from "./domain/schedule.ts";
import { type KnownProject, resolveProject } from "../references/resolve-project.ts";

/** The project of a schedule; throws HalError, with its path, where no node has it, or several do. */
export async function projectOfSchedule(
  context: LookContext,
  { project, node }: Pick<Schedule, "project" | "node">,
): Promise<KnownProject> {
  try {
    return await resolveProject(context, project, node ?? undefined);
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    const path = error.message.startsWith("no node") ? "node" : "project";
    throw new HalError(error.code === "ambiguous" ? "ambiguous" : "bad_request", `${path}: ${error.message}`, {
      details: error.details,
    });
  }
}

/** Why nothing can be started in the project of a schedule; undefined where it can, or where no node has told of its projects yet. */
export async function projectProblem(
  context: LookContext,
  schedule: Pick<Schedule, "project" | "node">,
): Promise<string | undefined> {
  try {
    const { project, node } = await projectOfSchedule(context, schedule);
    return project.state === "ready"
      ? undefined
      : `project: ${project.name} on ${node.row.name} is ${project.state}${project.reason === undefined ? "" : `: ${project.reason}`}`;
  } catch (error) {
    if (error instanceof HalError) return error.message;
    throw error;
  }
}
