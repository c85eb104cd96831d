import { rowStatements } from "../row-statements.ts";
import { rowsOf } from "../rows.ts";
import { type ProjectTaskRow, projectTasks } from "./schema.ts";

export const taskStatements = rowStatements<ProjectTaskRow>(projectTasks, [projectTasks.project]);

/** By project. */
export const taskRows = rowsOf(taskStatements, "projectTasks");
