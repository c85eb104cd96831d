import { newestOccasions, projectsNotStarted } from "@hal/store/supervisor";
import { occasionViews } from "../schedules/views.ts";
import type { Context } from "./context.ts";
import type { UnstartedItem } from "./gather-items.ts";

/** What is looked for before a session starts; where it says no, the schedule did what it was told to. */
const BY_ITSELF = "precondition";

/**
 * Schedules whose newest occasion started nothing, and projects whose turn it was and that did not begin. One that starts the next
 * time is none of them any more.
 */
export async function unstartedItems(context: Context): Promise<UnstartedItem[]> {
  const newest = [...(await newestOccasions(context.store)).values()].filter(
    ({ schedule, state, code }) =>
      state === "not_started" && code !== BY_ITSELF && context.scheduleBook.get(schedule) !== undefined,
  );
  const views = await occasionViews(context, newest);
  const schedules = newest.flatMap(({ id, schedule, project, closedAt, createdAt }, index) => {
    const view = views[index];
    // one that was told to have failed may have a session after all
    if (view === undefined || view.session_id !== null) return [];
    const since = closedAt ?? createdAt;
    return [unstarted({ about: "schedule", id: schedule, project, since, footing: id, reason: view.reason })];
  });
  const projects = projectsNotStarted(context.store).map(({ project, eventId, at, upstream, reason }) =>
    unstarted({
      about: "project",
      id: project,
      project,
      since: at,
      footing: String(eventId),
      reason: `it was to begin once ${upstream} was completed, and did not: ${reason}`,
    }),
  );
  return [...schedules, ...projects];
}

function unstarted(
  item: Pick<UnstartedItem, "about" | "id" | "project" | "since" | "footing" | "reason">,
): UnstartedItem {
  return { ...item, nodeId: "", rootSessionId: "", tier: "failed" };
}
