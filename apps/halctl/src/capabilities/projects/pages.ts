import type { FleetProjectView } from "@hal/protocol";
import { ago } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paint } from "../../output/paint.ts";
import { card, table } from "../../output/table.ts";

/** Why a project was not started where others are to be completed first: its reason says that already. */
const WAITS = "waits";

/** Projects, a line each. */
export function projectTable(projects: readonly FleetProjectView[], look: Look): string {
  return table(
    ["PROJECT", "TASK", "NODES", "SESSIONS", "REASON"],
    projects.map(({ name, task, nodes, sessions, reason, start }) => [
      name,
      taskText(task),
      nodes.map(({ node, state }) => (state === "ready" ? node : `${node} (${state})`)).join(", ") || "-",
      countsText(sessions),
      start === null || start.not_started === null || start.code === WAITS
        ? reason
        : `${reason}; ${startText(start, look.now)}`,
    ]),
    look.wide ? undefined : look.columns,
  );
}

export function projectCard(project: FleetProjectView, { now }: Pick<Look, "now">): string {
  const { name, task, reason, completed, nodes, depends_on: on, needed_by: by, start, sessions } = project;
  return card([
    ["project", name],
    ["task", taskText(task)],
    ["reason", reason],
    ...(completed === null ? [] : [["completed", ago(completed.at, now)] as const]),
    ...(completed?.session_id == null ? [] : [["session", completed.session_id] as const]),
    ...nodes.map(
      ({ node, directory, state, reason: why }) =>
        ["on", `${node}  ${directory}  ${state}${why === "" ? "" : ` (${why})`}`] as const,
    ),
    ["sessions", countsText(sessions)],
    ...on.map((one) => ["depends on", `${one.project} (${one.completed ? "completed" : "not completed"})`] as const),
    ...(by.length === 0 ? [] : [["needed by", by.join(", ")] as const]),
    ...(start === null ? [] : [["last start", startText(start, now)] as const]),
  ]);
}

function startText(start: NonNullable<FleetProjectView["start"]>, now: number): string {
  const when = `${ago(start.at, now)}, after ${start.after} was completed`;
  if (start.not_started !== null) return `not started ${when}: ${start.not_started}`;
  return `${when}: ${start.session_id ?? start.command_id ?? "-"}`;
}

function taskText(task: FleetProjectView["task"]): string {
  return task === "completed" ? paint("good", task) : task;
}

function countsText(sessions: Readonly<Record<string, number>>): string {
  const counted = Object.entries(sessions).map(([status, count]) => `${count} ${status}`);
  return counted.join(", ") || "-";
}
