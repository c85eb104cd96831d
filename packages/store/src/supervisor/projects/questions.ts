import { asc, eq } from "drizzle-orm";
import { sound, soundOne } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { type ProjectTaskRow, projectTasks } from "./schema.ts";

/** How the task of a project stands; undefined where nobody ever said. */
export async function taskOf(store: SupervisorStore, project: string): Promise<ProjectTaskRow | undefined> {
  const row = store.sqlite.orm.select().from(projectTasks).where(eq(projectTasks.project, project)).get();
  return soundOne(store, "projectTasks", row);
}

/** The tasks of all projects of which somebody ever said how they stand. */
export async function allTasks(store: SupervisorStore): Promise<ProjectTaskRow[]> {
  const rows = store.sqlite.orm.select().from(projectTasks).orderBy(asc(projectTasks.project)).all();
  return sound(store, "projectTasks", rows);
}
