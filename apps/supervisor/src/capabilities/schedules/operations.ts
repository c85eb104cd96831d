import { HalError, MOST_SCHEDULES, type OccasionView, type ScheduleView } from "@hal/protocol";
import { addSchedule, askForOccasion, listOccasions, occasionById, removeSchedule } from "@hal/store/supervisor";
import * as v from "valibot";
import { formatPlace, parsePlace } from "../../operations/domain/page-place.ts";
import type { Handler } from "../../operations/handler.ts";
import { idempotencyOf, keyWasUsed } from "../../operations/idempotency.ts";
import { nothingLike } from "../../operations/nothing-like.ts";
import { Page } from "../../operations/page.ts";
import { checkProject } from "../references/check-project.ts";
import type { Context } from "./context.ts";
import { ruleOf, type Schedule } from "./domain/schedule.ts";
import { newOccasion } from "./schedule-watch.ts";
import { Cron, Zone } from "./section.ts";
import { occasionViews, scheduleViews } from "./views.ts";

const list: Handler<"schedules.list", Context> = async (context, { project }) => {
  await checkProject(context, project);
  const meant = context.scheduleBook.all.filter((one) => project === undefined || isIn(one, project));
  const views = await scheduleViews(context, meant);
  return views.toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
};

function isIn({ project }: Schedule, wanted: string): boolean {
  return project === wanted || project.slice(project.lastIndexOf("/") + 1) === wanted;
}

/** Those that are never due come last. */
function sortKey({ next_at: nextAt, name }: ScheduleView): string {
  return `${nextAt ?? "~"} ${name}`;
}

const get: Handler<"schedules.get", Context> = (context, { name }) => viewOf(context, scheduleNamed(context, name));

const add: Handler<"schedules.add", Context> = async (context, input, caller) => {
  refuse("cron", Cron, input.cron);
  refuse("time_zone", Zone, input.time_zone);
  const { name, cron, time_zone: timeZone, project, prompt, missed } = input;
  const { node = null, model = null, agent = null, precondition = null } = input;
  const preconditionMs = input.precondition_timeout_seconds * 1_000;
  const { scheduleBook, scheduleChecks, store, clock, log, scheduleWatch } = context;
  const there = scheduleBook.get(name);
  if (there?.source.kind === "file") throw inFile(there);
  const made = { createdAt: clock.now(), createdBy: caller.actor };
  const said = { name, cron, timeZone, project, node, prompt, model, agent, missed, precondition, preconditionMs };
  const { problem } = await scheduleChecks.ask(said, caller);
  if (problem !== undefined) throw new HalError("bad_request", problem);
  const schedule = { ...said, ...made };
  const most = MOST_SCHEDULES - scheduleBook.inFile;
  const added = await addSchedule(store, { schedule, rule: ruleOf(schedule), most }, idempotencyOf(caller));
  if (added.kind === "conflict") throw keyWasUsed();
  if (added.kind === "taken")
    throw new HalError(
      "conflict",
      `there is a schedule ${name} already; take it away first: halctl schedules remove ${name}`,
    );
  if (added.kind === "full")
    throw new HalError("conflict", `there are ${MOST_SCHEDULES} schedules already, which is most; remove some`);
  await scheduleBook.refresh();
  scheduleWatch.wake();
  if (added.kind === "new")
    log.warn({ schedule: name, cron, timeZone, project, actor: caller.actor }, "a schedule was added");
  return viewOf(context, scheduleNamed(context, name));
};

/** Throws what is wrong with a field, after its path. */
function refuse(path: string, schema: v.GenericSchema, value: unknown): void {
  const read = v.safeParse(schema, value);
  if (!read.success) throw new HalError("bad_request", `${path}: ${read.issues[0].message}`);
}

const remove: Handler<"schedules.remove", Context> = async (context, { name }, { actor }) => {
  const schedule = context.scheduleBook.added(name) ?? scheduleNamed(context, name);
  if (schedule.source.kind === "file") throw inFile(schedule);
  const view = await viewOf(context, schedule);
  if ((await removeSchedule(context.store, name)) === undefined) throw unknownSchedule(context, name);
  await context.scheduleBook.refresh();
  context.scheduleWatch.wake();
  context.log.warn({ schedule: name, actor }, "a schedule was removed");
  return { ...view, next_at: null };
};

function inFile({ name, source }: Schedule): HalError {
  const path = source.kind === "file" ? source.path : "schedules";
  return new HalError(
    "conflict",
    `${name} is in the configuration (${path}): change it there, and send the supervisor SIGHUP`,
  );
}

const run: Handler<"schedules.run", Context> = async (context, { name }, caller) => {
  const { store, clock, scheduleWatch } = context;
  const { project, problem } = scheduleNamed(context, name);
  if (problem !== undefined) throw new HalError("conflict", `${name} can start nothing: ${problem}`);
  const asked = newOccasion({ schedule: name, project, actor: caller.actor, now: clock.now() });
  const made = await askForOccasion(store, asked, idempotencyOf(caller));
  if (made === undefined) throw keyWasUsed();
  await scheduleWatch.lookAtAll();
  const [view] = await occasionViews(context, [(await occasionById(store, made.id)) ?? made]);
  return view as OccasionView;
};

const history: Handler<"schedules.history", Context> = async (context, { name, state, since, cursor, limit }) => {
  const rows = await listOccasions(context.store, {
    schedule: name,
    state,
    since: since === undefined ? undefined : Date.parse(since),
    after: parsePlace(cursor),
    limit: limit + 1,
  });
  if (rows.length === 0 && cursor === undefined && name !== undefined) await checkKnown(context, name);
  const page = Page.of(rows, limit, ({ createdAt, id }) => formatPlace({ at: createdAt, nodeId: "", id }));
  return new Page(await occasionViews(context, page.rows), page.next);
};

/** A schedule that is gone is known by its occasions. */
async function checkKnown(context: Context, name: string): Promise<void> {
  if (context.scheduleBook.get(name) !== undefined) return;
  if ((await listOccasions(context.store, { schedule: name, limit: 1 })).length > 0) return;
  throw unknownSchedule(context, name);
}

function scheduleNamed(context: Context, name: string): Schedule {
  const found = context.scheduleBook.get(name);
  if (found === undefined) throw unknownSchedule(context, name);
  return found;
}

function unknownSchedule({ scheduleBook }: Context, name: string): HalError {
  const { message } = nothingLike(
    "schedule",
    name,
    scheduleBook.all.map((one) => one.name),
  );
  return new HalError("not_found", `${message}; see: halctl schedules list`);
}

async function viewOf(context: Context, schedule: Schedule): Promise<ScheduleView> {
  return (await scheduleViews(context, [schedule]))[0] as ScheduleView;
}

export const scheduleHandlers = {
  "schedules.list": list,
  "schedules.get": get,
  "schedules.add": add,
  "schedules.remove": remove,
  "schedules.run": run,
  "schedules.history": history,
};
