import type { OperationOutput, PoliciesView, PolicyDecisionView, PolicyPauseView, SimulationView } from "@hal/protocol";
import { ago, duration } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paint } from "../../output/paint.ts";
import { table } from "../../output/table.ts";

/** Policies with their settings, what pauses them, and what they came to, newest first. */
export function policiesPage(view: PoliciesView, look: Look): string {
  const list = table(
    ["POLICY", "ACTS", "SETTINGS", "LAST"],
    view.policies.map(({ name, enabled, settings, last }) => [
      name,
      enabled ? "yes" : "no",
      settingsText(settings),
      last === null ? "-" : `${last.outcome}, ${ago(last.at, look.now)}`,
    ]),
    look.wide ? undefined : look.columns,
  );
  const decisions =
    view.decisions.length === 0 ? "\nthey have not come to anything yet\n" : `\n${decisionsPage(view.decisions, look)}`;
  return pausedLines(view.pauses, look) + quietLine(view.quiet_hours, look) + list + decisions;
}

function settingsText(settings: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(settings).filter(([, value]) => typeof value === "number");
  return shown.map(([name, value]) => `${name} ${String(value)}`).join(", ");
}

function decisionsPage(decisions: readonly PolicyDecisionView[], look: Look): string {
  return table(
    ["WHEN", "POLICY", "OUTCOME", "SESSION", "PROJECT", "REASON"],
    decisions.map(({ at, policy, outcome, session_id: session, project, reason }) => [
      ago(at, look.now),
      policy,
      outcome,
      session ?? "-",
      project ?? "-",
      reason,
    ]),
    look.wide ? undefined : look.columns,
  );
}

function quietLine(hours: PoliciesView["quiet_hours"], { now }: Pick<Look, "now">): string {
  if (hours === null) return "";
  const when = `${hours.from} to ${hours.to} (${hours.time_zone})`;
  if (hours.until === null) return `quiet hours, when policies start nothing: ${when}\n`;
  const left = duration(Math.max(0, Date.parse(hours.until) - now));
  return `${paint("warn", "QUIET")}  policies start nothing for ${left} more: ${when}\n`;
}

function pausedLines(pauses: readonly PolicyPauseView[], { now }: Pick<Look, "now">): string {
  return pauses
    .map(({ scope, by, reason, since, until }) => {
      const why = reason === null ? "" : `: ${reason}`;
      const end = until === null ? "" : `, for ${duration(Math.max(0, Date.parse(until) - now))} more`;
      return `${paint("warn", "PAUSED")}  ${by} paused policies (${scope}) ${ago(since, now)}${why}${end}; halctl policies resume ${scope}\n`;
    })
    .join("");
}

export function pausePage(pause: PolicyPauseView, look: Look): string {
  return pausedLines([pause], look);
}

/** What acts again, and what is paused all the same. */
export function resumedPage({ resumed, remaining }: OperationOutput<"policies.resume">, look: Look): string {
  const again = resumed.map(({ scope }) => `${paint("good", "RESUMED")}  policies act again (${scope})\n`).join("");
  return (resumed.length === 0 ? "nothing was paused there\n" : again) + pausedLines(remaining, look);
}

/** What policies would have come to, how often and why, and what that was taken from. */
export function simulationPage(view: SimulationView, look: Look): string {
  const { since, events, sessions, counts, decisions, notes } = view;
  const head = `nothing was done: ${events} events since ${ago(since, look.now)}, of ${sessions} sessions, were replayed\n`;
  const sums = counts.map(({ policy, outcome, count }) => `  ${policy} ${outcome}: ${count}\n`).join("");
  const list = decisions.length === 0 ? "policies would not have come to anything\n" : decisionsPage(decisions, look);
  return `${head}${sums}${list}${notes.map((note) => `note: ${note}\n`).join("")}`;
}
