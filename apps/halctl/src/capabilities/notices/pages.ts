import type { JudgedRouteView, OperationOutput, RouteView } from "@hal/protocol";
import { ago, eventText, thousands } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paint } from "../../output/paint.ts";
import { table } from "../../output/table.ts";
import { noticeTable } from "../channels/pages.ts";

/** Routes, in the order in which they are written. */
export function routesPage(routes: OperationOutput<"routes.list">, look: Look): string {
  const list = table(
    ["TARGET", "LIMIT", "TOLD", "FROM", "MATCH"],
    routes.map((route) => [
      route.urgent ? `${route.target} (urgent)` : route.target,
      route.limit ?? "-",
      thousands(route.told),
      fromText(route),
      route.match,
    ]),
    look.wide ? undefined : look.columns,
  );
  const problems = routes.flatMap(({ match, problem }) =>
    problem === null ? [] : [`${paint("warn", "NOT READY")}  ${match}: ${problem}\n`],
  );
  return list + problems.join("");
}

function fromText({ source }: Pick<RouteView, "source">): string {
  return source === "file" ? "configuration" : "default";
}

/** What each route makes of an event. */
export function judgedPage(routes: readonly JudgedRouteView[], look: Look): string {
  return table(
    ["TAKEN", "TARGET", "BECAUSE", "MATCH"],
    routes.map(({ taken, target, match, reason }) => [
      taken ? paint("good", "yes") : paint("faint", "no"),
      target,
      reason,
      match,
    ]),
    look.wide ? undefined : look.columns,
  );
}

/** What became of an event: who was told, and how the routes take it. */
export function whyPage({ event, notices, routes }: OperationOutput<"routes.why">, look: Look): string {
  const told = notices.length === 0 ? "nobody was told of it\n" : noticeTable(notices, look);
  const judged = routes.length === 0 ? "there are no routes\n" : judgedPage(routes, look);
  const { id, timestamp, project, node_id: node } = event;
  const where = [project, node].filter((one) => one !== null).join(" on ");
  const head = `event ${id}, ${ago(timestamp, look.now)}${where === "" ? "" : `, ${where}`}: ${eventText(event)}`;
  return `${head}\n\n${told}\nas the routes are now:\n${judged}`;
}
