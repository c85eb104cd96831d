import type { OccasionView, ScheduleView } from "@hal/protocol";
import { commandById, newestOccasions, nodeById, type OccasionRow } from "@hal/store/supervisor";
import { time, timeOrNull } from "../../domain/time.ts";
import { withProblem } from "../../operations/row-problem.ts";
import { commandView } from "../commands/command-view.ts";
import { statusOf } from "../nodes/node-statuses.ts";
import { endOfCommand } from "./begin-occasion.ts";
import { projectProblem } from "./check-schedule.ts";
import type { Context } from "./context.ts";
import type { CheckAnswer } from "./schedule-checks.ts";
import { nextTime } from "./domain/cron-times.ts";
import { occasionReason } from "./domain/occasion-text.ts";
import type { Schedule } from "./domain/schedule.ts";

/** Schedules as people see them: when each is due next, and what came of it last. */
export async function scheduleViews(context: Context, schedules: readonly Schedule[]): Promise<ScheduleView[]> {
  const last = await newestOccasions(context.store);
  return Promise.all(
    schedules.map(async (schedule) => {
      const { name, cron, timeZone, project, node, prompt, model, agent, missed, source } = schedule;
      const { problem, unchecked } = await standingOf(context, schedule);
      const newest = last.get(name);
      const isSound = schedule.problem === undefined;
      return {
        name,
        cron,
        time_zone: timeZone,
        project,
        node,
        prompt,
        model,
        agent,
        missed,
        precondition: schedule.precondition,
        precondition_timeout_seconds: schedule.preconditionMs / 1_000,
        source: source.kind,
        by: source.kind === "file" ? null : source.by,
        since: source.kind === "file" ? null : time(source.since),
        next_at: isSound ? timeOrNull(nextTime(schedule, context.clock.now()) ?? null) : null,
        problem: problem ?? null,
        unchecked: unchecked ?? null,
        last: newest === undefined ? null : ((await occasionViews(context, [newest]))[0] ?? null),
      };
    }),
  );
}

/** Why nothing would start now, and what is not known of that. */
async function standingOf(context: Context, schedule: Schedule): Promise<CheckAnswer> {
  const problem = schedule.problem ?? (await projectProblem(context, schedule));
  return problem === undefined ? (context.scheduleChecks.of(schedule) ?? {}) : { problem };
}

/** Occasions as people see them. */
export async function occasionViews(context: Context, rows: readonly OccasionRow[]): Promise<OccasionView[]> {
  return Promise.all(rows.map((row) => occasionView(context, row)));
}

async function occasionView(context: Context, stored: OccasionRow): Promise<OccasionView> {
  const row = await corrected(context, stored);
  const { id, schedule, dueAt, missed, createdAt, closedAt, actor, project, nodeId, sessionId, commandId, code } = row;
  const state = row.state === "due" ? "starting" : row.state;
  const commandReason = state === "starting" ? await reasonOfCommand(context, row) : undefined;
  const reason = occasionReason({ ...row, state, commandReason });
  return {
    id,
    schedule,
    state,
    reason: withProblem(row, reason),
    code,
    due_at: timeOrNull(dueAt),
    missed,
    created_at: time(createdAt),
    closed_at: timeOrNull(closedAt),
    actor,
    project,
    node_id: nodeId,
    session_id: sessionId,
    command_id: commandId,
  };
}

/** A start that was told to have failed may have a session after all: what its command says now counts. */
async function corrected(context: Context, row: OccasionRow): Promise<OccasionRow> {
  if (row.state !== "not_started" || row.commandId === null || row.code === "unknown") return row;
  const end = await endOfCommand(context, row);
  return end?.state !== "not_started" || end.code === "unknown"
    ? row
    : { ...row, reason: end.reason, sessionId: end.sessionId };
}

async function reasonOfCommand(context: Context, { commandId }: OccasionRow): Promise<string | undefined> {
  const command = commandId === null ? undefined : await commandById(context.store, commandId);
  if (command === undefined) return undefined;
  const node = await nodeById(context.store, command.nodeId);
  return commandView(command, context.clock.now(), node === undefined ? undefined : statusOf(context, node)).reason;
}
