import { budgetMarksOf, newestOccasions, projectsNotStarted } from "@hal/store/supervisor";
import { budgetText, money } from "../budgets/domain/budget.ts";
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
  return [...schedules, ...projects, ...spentItems(context)];
}

/** Budgets of which nothing is left, and that let nothing begin. */
function spentItems({ budgets: { desk }, store }: Context): UnstartedItem[] {
  return desk.spending.counted.flatMap(({ budget, spent }) => {
    const { id, action, limitMicroUsd, scope } = budget;
    if (action === "alert" || limitMicroUsd === null || scope.kind === "session") return [];
    const total = [...spent.values()].reduce((sum, one) => sum + one, 0);
    const [mark] = budgetMarksOf(store, id);
    if (total < limitMicroUsd || mark?.reached !== true) return [];
    const does = action === "stop" ? "nothing begins, and what runs is stopped" : "nothing begins";
    const reason = `${budgetText(budget)} is spent (${money(total)} of ${money(limitMicroUsd)}): ${does}`;
    const project = scope.kind === "project" ? scope.project : "";
    const footing = `${mark.spanFrom}/${mark.times}`;
    return [unstarted({ about: "budget", id, project, since: mark.changedAt, footing, reason })];
  });
}

function unstarted(
  item: Pick<UnstartedItem, "about" | "id" | "project" | "since" | "footing" | "reason">,
): UnstartedItem {
  return { ...item, nodeId: "", rootSessionId: "", tier: "failed" };
}
