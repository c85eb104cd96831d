import type { Finding, OccasionView, ScheduleView, SessionView, WhyView } from "@hal/protocol";
import { ago, duration } from "@hal/words";
import type { KnownHold } from "./facts.ts";
import { finding } from "./finding.ts";

/** What is known of a schedule. */
export interface ScheduleFacts {
  readonly now: number;
  readonly name: string;
  /** undefined of one that is gone */
  readonly schedule: ScheduleView | undefined;
  /** newest first */
  readonly occasions: readonly OccasionView[];
  /** what goes on from the session that it started last */
  readonly session: Pick<SessionView, "id" | "status" | "reason"> | undefined;
  /** what would refuse its start now */
  readonly holds: readonly KnownHold[];
}

/** Why a schedule did what it did last, or nothing. Pure. */
export function explainSchedule(facts: ScheduleFacts): WhyView {
  const { name, schedule, occasions, holds } = facts;
  const hindrances = [
    ...holds.map(({ text, release, since }) =>
      finding("hold", "problem", `${text}: nothing begins until it is released; ${release}`, since),
    ),
    ...(schedule?.problem == null ? [] : [finding("schedule", "problem", schedule.problem)]),
  ];
  const [hindrance] = hindrances;
  const also = hindrance === undefined ? "" : `. Also: nothing would begin now: ${hindrance.text}`;
  return {
    subject: {
      kind: "schedule",
      id: name,
      name: schedule === undefined ? name : `${name} (${schedule.cron}, ${schedule.time_zone})`,
    },
    status: schedule === undefined ? "removed" : (occasions[0]?.state ?? "waiting"),
    answer: `${lastText(facts)}; ${nextText(facts)}${also}`,
    findings: [
      ...hindrances,
      ...(schedule === undefined ? [] : ownFindings(schedule)),
      ...sessionFindings(facts),
      ...occasions.map((occasion, index) => occasionFinding(occasion, index === 0)),
    ],
    next: nextSteps(facts),
  };
}

function lastText({ name, occasions, now }: ScheduleFacts): string {
  const [last] = occasions;
  if (last === undefined) return `schedule ${name} has not been due since it is there`;
  const when = ago(last.created_at, now);
  switch (last.state) {
    case "started":
      return `schedule ${name} started ${last.session_id ?? "a session"} ${when}`;
    case "not_started":
      return `schedule ${name} started no session ${when}: ${last.reason}`;
    case "starting":
      return `schedule ${name} is starting a session since ${when}: ${last.reason}`;
    default:
      return last.state satisfies never;
  }
}

function nextText({ schedule, now }: ScheduleFacts): string {
  if (schedule === undefined) return "it was removed, and starts nothing any more";
  if (schedule.next_at === null) return "it is never due again";
  return `it is due next in ${duration(Math.max(0, Date.parse(schedule.next_at) - now))}, at ${schedule.next_at}`;
}

function ownFindings({ source, by, since, project, node, missed, precondition, unchecked }: ScheduleView): Finding[] {
  const from = source === "file" ? "it is in the configuration" : `${by ?? "somebody"} added it`;
  const where = node === null ? project : `${node}/${project}`;
  const after = precondition === null ? "" : `, if this ends well on the node: ${precondition}`;
  const late = missed === "run_once" ? "one session stands for all times that were missed" : "missed times are skipped";
  return [
    finding("schedule", "fine", `${from}: it starts a session in ${where}${after}; ${late}`, timeOf(since)),
    ...(unchecked === null ? [] : [finding("schedule", "note", unchecked)]),
  ];
}

function sessionFindings({ session }: ScheduleFacts): Finding[] {
  if (session === undefined) return [];
  const { id, status, reason } = session;
  const said = reason.startsWith(status) ? reason : `${status}: ${reason}`;
  return [finding("session", "fine", `the session that it started last, ${id}, is ${said}`)];
}

function occasionFinding({ state, reason, created_at: at, actor }: OccasionView, isNewest: boolean): Finding {
  const level = state === "not_started" ? (isNewest ? "problem" : "note") : "fine";
  const who = actor.startsWith("schedule:") ? "" : `, as ${actor} asked`;
  return finding("schedule", level, `${state.replace("_", " ")}${who}: ${reason}`, timeOf(at));
}

function timeOf(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

function nextSteps({ name, schedule, session, holds, occasions }: ScheduleFacts): WhyView["next"] {
  return [
    ...[...new Set(holds.map(({ release }) => release))].map((command) => ({
      command,
      purpose: "let work begin again",
    })),
    ...(schedule === undefined ? [] : [{ command: `halctl schedules run ${name}`, purpose: "have it start now" }]),
    ...(session === undefined
      ? []
      : [{ command: `halctl why ${session.id}`, purpose: "see what became of the session that it started last" }]),
    ...(occasions.length === 0
      ? []
      : [{ command: `halctl schedules history ${name}`, purpose: "see what came of it each time" }]),
  ];
}
