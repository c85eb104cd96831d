import { type EventView, HalError, type JudgedRouteView, LAST_TIME } from "@hal/protocol";
import { countNotices, eventById, noticesOfEvent } from "@hal/store/supervisor";
import { parseCursor } from "../../log/domain/cursor.ts";
import { eventView } from "../../log/event-view.ts";
import type { Handler } from "../../operations/handler.ts";
import { noticeViews } from "../channels/views.ts";
import type { Context } from "./context.ts";
import { factsFor } from "./domain/build-of.ts";
import { explain, isTaken, type RouteFacts } from "./domain/evaluate.ts";
import { readTestedEvent } from "./domain/tested-event.ts";
import { noticedOf } from "./noticed.ts";
import type { Route } from "./route-book.ts";
import { routeFacts } from "./route-events.ts";

const list: Handler<"routes.list", Context> = async ({ routes, store }) =>
  routes.all.map((route) => ({
    ...said(route),
    types: [...route.types],
    measures: [...route.measures],
    told: countNotices(store, { target: route.target, route: route.match }),
    problem: route.problem ?? null,
  }));

const test: Handler<"routes.test", Context> = async ({ routes }, { event }) => {
  const read = readTestedEvent(event);
  if (read.kind === "problem") throw new HalError("bad_request", read.message);
  return routes.all.map((route) => judged(route, read.facts));
};

const why: Handler<"routes.why", Context> = async (context, { event: given }) => {
  const { store, routes } = context;
  const id = /^\d+$/.test(given) ? Number(given) : parseCursor(store.logId, given);
  const row = id > LAST_TIME ? undefined : await eventById(store, id);
  if (row === undefined)
    throw new HalError("not_found", `there is no event ${given}: it is too old, or never was; see: halctl events`);
  const event: EventView = eventView(store.logId, row);
  const facts = await routeFacts(context, await noticedOf(context, event), routes.all);
  return {
    event,
    notices: noticeViews(context, await noticesOfEvent(store, id)),
    routes: routes.all.map((route) => judged(route, facts)),
  };
};

function judged(route: Route, known: RouteFacts): JudgedRouteView {
  const facts = factsFor(route, known);
  if (route.problem !== undefined) return { ...said(route), taken: false, reason: route.problem };
  return { ...said(route), taken: isTaken(route.expression, facts), reason: explain(route.expression, facts) };
}

function said({ match, target, limitText, isUrgent, source }: Route) {
  return { match, target, limit: limitText, urgent: isUrgent, source };
}

export const routeHandlers = { "routes.list": list, "routes.test": test, "routes.why": why };
