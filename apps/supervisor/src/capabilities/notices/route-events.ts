import { type EventView, STANDING_TYPES } from "@hal/protocol";
import { commandById, type EventRow } from "@hal/store/supervisor";
import { eventView } from "../../log/event-view.ts";
import type { Context } from "./context.ts";
import { type Build, buildOf, factsFor, shownCommand } from "./domain/build-of.ts";
import { isTaken, type MeasureName, type RouteFacts } from "./domain/evaluate.ts";
import { isUrgentType } from "./domain/urgency.ts";
import { isStep } from "./domain/verbosity.ts";
import { makeNotices, type Occurrence } from "./make-notices.ts";
import { quietSessions, spentToday } from "./measure.ts";
import { factsOf, isFields, noticeData, type Noticed, noticedOf } from "./noticed.ts";
import type { Route } from "./route-book.ts";
import { subjectOf } from "./subject-of.ts";
import { tellSteps } from "./tell-steps.ts";
import { WEEK_TYPE } from "./domain/due-week.ts";
import { weekData } from "./week-spent.ts";

/** Has whoever is to be told of an event told. Done twice for one event it tells nobody twice. */
export async function routeEvent(context: Context, row: EventRow): Promise<void> {
  const candidates = context.routes.working.filter(({ types }) => types.includes(row.type));
  const isStepped = context.routes.verbose.length > 0 && isStep(row.type, row.content);
  if (candidates.length === 0 && !isStepped) return;
  const noticed = await noticedOf(context, eventView(context.store.logId, row));
  const facts = await routeFacts(context, noticed, candidates);
  const taking = candidates.filter(
    (route) => isTaken(route.expression, factsFor(route, facts)) && !isOfItself(route, noticed.event),
  );
  const [first] = taking;
  if (first === undefined && !isStepped) return;
  const build = first === undefined ? undefined : buildOf(facts.type, facts.data, first.buildCommands);
  const occurrence: Occurrence = {
    fingerprint: `event/${row.id}`,
    subject: await subjectOf(context.store, row),
    eventId: row.id,
    type: row.type,
    at: row.at,
    data: {
      ...noticeData(noticed),
      ...(build === undefined ? {} : { build: build.outcome, text: buildText(noticed, build) }),
      ...(row.type === WEEK_TYPE ? await weekData(context, row.content) : {}),
    },
    isUrgent: isUrgentType(row.type, (await failedCommand(context, row)) ?? "", STANDING_TYPES),
  };
  await makeNotices(context, taking, occurrence);
  if (isStepped) await tellSteps(context, row, occurrence);
}

/** What a command was to do that failed; undefined of any other event. */
async function failedCommand({ store }: Context, { type, content }: EventRow): Promise<string | undefined> {
  if (type !== "command.failed") return undefined;
  const { commandId } = { ...(content as { readonly commandId?: unknown } | null) };
  return typeof commandId === "string" ? (await commandById(store, commandId))?.type : undefined;
}

/** What it printed is not told: nobody knows what is in it. */
function buildText({ event: { project }, node }: Noticed, { command, outcome, exit }: Build): string {
  const where = [project, node].filter((name) => name !== null).join(" on ");
  const how = outcome === "passed" ? "passed" : `failed with exit code ${exit}`;
  return `${where}: ${shownCommand(command)} ${how}`;
}

/** By what routes judge an event; what none of them measures is not measured. */
export async function routeFacts(context: Context, noticed: Noticed, routes: readonly Route[]): Promise<RouteFacts> {
  const isAsked = (name: MeasureName) => routes.some(({ measures }) => measures.includes(name));
  const spent = isAsked("cost.daily") ? { "cost.daily": (await spentToday(context)).dollars } : {};
  return factsOf(noticed, { ...spent, ...(isAsked("stuck") ? await stuckOf(context, noticed.event) : {}) });
}

async function stuckOf(context: Context, { node_id: nodeId, session_id: sessionId }: EventView) {
  const quiet = (await quietSessions(context)).find((one) => one.nodeId === nodeId && one.sessionId === sessionId);
  return quiet === undefined ? {} : { stuck: context.clock.now() - quiet.since };
}

/** A target is not told of itself: that it takes nothing it would hear when that is over. */
function isOfItself({ target }: Route, { type, data }: EventView): boolean {
  return type.startsWith("channel.") && isFields(data) && data["target"] === target;
}
