import type { OccasionView, ScheduleView } from "@hal/protocol";
import { ago, duration } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paint, paintStatus } from "../../output/paint.ts";
import { reasonIn, reasonsBelow, toldBelow } from "../../output/reasons.ts";
import { shortIds } from "../../output/short-ids.ts";
import { card, table } from "../../output/table.ts";

/** Schedules with what came of each last; below them why something would not start. */
export function scheduleTable(schedules: readonly ScheduleView[], look: Look): string {
  const list = table(
    ["NAME", "CRON", "TIME_ZONE", "PROJECT", "NEXT", "LAST", "MISSED", "FROM"],
    schedules.map((schedule) => [
      schedule.name,
      schedule.cron,
      schedule.time_zone,
      placeText(schedule),
      nextText(schedule, look),
      lastText(schedule.last, look),
      schedule.missed,
      fromText(schedule, look),
    ]),
    look.wide ? undefined : look.columns,
  );
  const problems = schedules.map(({ name, problem }) =>
    problem === null ? "" : `${paint("warn", "NOT READY")}  ${name}: ${problem}\n`,
  );
  return list + problems.join("");
}

function placeText({ project, node }: ScheduleView): string {
  return node === null ? project : `${node}/${project}`;
}

function nextText({ next_at: nextAt }: ScheduleView, { now }: Pick<Look, "now">): string {
  return nextAt === null ? "never" : `in ${duration(Math.max(0, Date.parse(nextAt) - now))}`;
}

function lastText(last: OccasionView | null, { now }: Pick<Look, "now">): string {
  return last === null ? "-" : `${paintStatus(last.state)}, ${ago(last.created_at, now)}`;
}

/** Where a schedule is from: the file, or who added it and when. */
function fromText({ source, by, since }: ScheduleView, { now }: Pick<Look, "now">): string {
  return source === "file" ? "configuration" : `${by ?? "somebody"}, ${since === null ? "-" : ago(since, now)}`;
}

export function scheduleCard(schedule: ScheduleView, look: Pick<Look, "now">): string {
  const {
    name,
    cron,
    time_zone: zone,
    next_at: nextAt,
    model,
    agent,
    missed,
    problem,
    last,
    prompt,
    precondition,
  } = schedule;
  const shown = card([
    ["name", name],
    ["when", `${cron} (${zone})`],
    ["next", nextAt === null ? "never" : `${nextText(schedule, look)}, at ${nextAt}`],
    ["project", placeText(schedule)],
    ["model", model ?? "-"],
    ["agent", agent ?? "-"],
    ["missed", missed],
    ...(precondition === null
      ? []
      : ([["precondition", `${precondition} (at most ${schedule.precondition_timeout_seconds} s)`]] as const)),
    ["from", fromText(schedule, look)],
    ["last", lastText(last, look)],
    ...(last === null ? [] : ([["reason", last.reason]] as const)),
    ...(problem === null ? [] : ([["problem", problem]] as const)),
    ...(schedule.unchecked === null ? [] : ([["unchecked", schedule.unchecked]] as const)),
  ]);
  return `${shown}\n${prompt}\n`;
}

/** What came of schedules, newest first. */
export function occasionTable(occasions: readonly OccasionView[], look: Look): string {
  const short = (all: readonly string[]): readonly string[] => (look.wide ? all : shortIds(all));
  const ids = short(occasions.map(({ id }) => id));
  const sessions = short(occasions.map((occasion) => occasion.session_id ?? "-"));
  const stated = occasions.map(({ state: status, reason }) => ({ status, reason }));
  const elsewhere = new Set(toldBelow(stated, look));
  const list = table(
    ["ID", "SCHEDULE", "STATE", "WHEN", "DUE_AT", "SESSION", "ACTOR", "REASON"],
    occasions.map((occasion, index) => [
      ids[index] ?? occasion.id,
      occasion.schedule,
      paintStatus(occasion.state),
      ago(occasion.created_at, look.now),
      occasion.due_at ?? "(asked for)",
      sessions[index] ?? "-",
      occasion.actor,
      reasonIn(stated[index], elsewhere),
    ]),
    look.wide ? undefined : look.columns,
  );
  const below = occasions.map(({ id, state, reason }, index) => ({ id: ids[index] ?? id, status: state, reason }));
  return list + reasonsBelow(below, look);
}

export function occasionCard(occasion: OccasionView, { now }: Pick<Look, "now">): string {
  return card([
    ["id", occasion.id],
    ["schedule", occasion.schedule],
    ["state", paintStatus(occasion.state)],
    ["reason", occasion.reason],
    ["due", occasion.due_at ?? "somebody asked for it"],
    ["project", occasion.project],
    ["node", occasion.node_id ?? "-"],
    ["session", occasion.session_id ?? "-"],
    ["command", occasion.command_id ?? "-"],
    ["actor", occasion.actor],
    ["created", ago(occasion.created_at, now)],
    ["closed", ago(occasion.closed_at, now)],
  ]);
}
