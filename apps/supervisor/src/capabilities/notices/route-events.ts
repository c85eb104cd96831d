import type { EventView } from "@hal/protocol";
import type { EventRow } from "@hal/store/supervisor";
import { eventView } from "../../log/event-view.ts";
import type { Context } from "./context.ts";
import { type Build, buildOf, factsFor, shownCommand } from "./domain/build-of.ts";
import { isTaken, type MeasureName, type RouteFacts } from "./domain/evaluate.ts";
import { makeNotices } from "./make-notices.ts";
import { quietSessions, spentToday } from "./measure.ts";
import { factsOf, isFields, noticeData, type Noticed, noticedOf } from "./noticed.ts";
import type { Route } from "./route-book.ts";
import { subjectOf } from "./subject-of.ts";

/** Has whoever is to be told of an event told. Done twice for one event it tells nobody twice. */
export async function routeEvent(context: Context, row: EventRow): Promise<void> {
  const candidates = context.routes.working.filter(({ types }) => types.includes(row.type));
  if (candidates.length === 0) return;
  const noticed = await noticedOf(context, eventView(context.store.logId, row));
  const facts = await routeFacts(context, noticed, candidates);
  const taking = candidates.filter(
    (route) => isTaken(route.expression, factsFor(route, facts)) && !isOfItself(route, noticed.event),
  );
  const [first] = taking;
  if (first === undefined) return;
  const build = buildOf(facts.type, facts.data, first.buildCommands);
  await makeNotices(context, taking, {
    fingerprint: `event/${row.id}`,
    subject: await subjectOf(context.store, row),
    eventId: row.id,
    type: row.type,
    at: row.at,
    data: {
      ...noticeData(noticed),
      ...(build === undefined ? {} : { build: build.outcome, text: buildText(noticed, build) }),
    },
  });
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
