import { and, asc, desc, eq } from "drizzle-orm";
import { sound, soundOne } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { type ProjectStartRow, projectStarts, type ProjectTaskRow, projectTasks } from "./schema.ts";

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

/** What became of a project after an event by which another one was completed; undefined where nobody has looked yet. */
export async function projectStart(
  store: SupervisorStore,
  project: string,
  eventId: number,
): Promise<ProjectStartRow | undefined> {
  const isMeant = and(eq(projectStarts.project, project), eq(projectStarts.eventId, eventId));
  return soundOne(store, "projectStarts", store.sqlite.orm.select().from(projectStarts).where(isMeant).get());
}

/** The latest that became of a project because of those that it depends on. */
export async function latestStart(store: SupervisorStore, project: string): Promise<ProjectStartRow | undefined> {
  const row = store.sqlite.orm
    .select()
    .from(projectStarts)
    .where(eq(projectStarts.project, project))
    .orderBy(desc(projectStarts.eventId))
    .limit(1)
    .get();
  return soundOne(store, "projectStarts", row);
}
