import { Looks } from "@hal/daemon";
import { dollars } from "@hal/words";
import { dayAt, dayText } from "../../domain/days.ts";
import { isTaken, type MeasureName, type RouteFacts } from "./domain/evaluate.ts";
import type { WatchContext } from "./context.ts";
import { isUrgentType } from "./domain/urgency.ts";
import { makeNotices, type Occurrence } from "./make-notices.ts";
import { type QuietSession, quietSessions, spentToday } from "./measure.ts";
import type { Route } from "./route-book.ts";

/**
 * Looks at what routes measure without any event, such as how long nothing moves in a session. It knows nothing itself: that a target
 * was told of one silence, or of one day, is in the database.
 */
export class MeasureWatch implements AsyncDisposable {
  readonly #context: WatchContext;
  readonly #looks: Looks;

  constructor(context: WatchContext) {
    this.#context = context;
    this.#looks = new Looks(
      () => this.#look(),
      (error) => context.log.warn({ error }, "what routes measure could not be looked at; it is again in a moment"),
    );
  }

  /** Looks at all of it, after a look that runs just now. */
  lookAtAll(): Promise<void> {
    return this.#looks.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looks[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    const routes = this.#context.routes.working.filter(({ measures }) => measures.length > 0);
    if (routes.length === 0) return;
    const isAsked = (name: MeasureName) => routes.some(({ measures }) => measures.includes(name));
    const spent = isAsked("cost.daily") ? await spentToday(this.#context) : undefined;
    const cost = spent === undefined ? {} : { "cost.daily": spent.dollars };
    if (spent !== undefined)
      await this.#tell(
        routes.filter(({ measures }) => !measures.includes("stuck")),
        { type: undefined, fields: {}, data: {}, measures: cost },
        (route) => ofDay(route, spent, this.#context),
      );
    if (!isAsked("stuck")) return;
    const now = this.#context.clock.now();
    for (const quiet of await quietSessions(this.#context)) {
      const { nodeId, node, sessionId, project, since } = quiet;
      const fields = { node: [nodeId, node], project, session: sessionId };
      await this.#tell(
        routes.filter(({ measures }) => measures.includes("stuck")),
        { type: undefined, fields, data: {}, measures: { ...cost, stuck: now - since } },
        (route) => ofSilence(route, quiet, now),
      );
    }
  }

  async #tell(routes: readonly Route[], facts: RouteFacts, occurrenceOf: (route: Route) => Occurrence): Promise<void> {
    for (const route of routes)
      if (isTaken(route.expression, facts)) await makeNotices(this.#context, [route], occurrenceOf(route));
  }
}

/** One silence of one session is told once by each route: another one may want to know of it earlier, or later. */
function ofSilence({ match }: Route, quiet: QuietSession, now: number): Occurrence {
  const { nodeId, node, sessionId, project, since, reason } = quiet;
  const text = `${project === null ? "a session" : project} on ${node} does not get on: ${reason}`;
  return {
    fingerprint: `stuck/${nodeId}/${sessionId}/${since}/${match}`,
    subject: `session/${nodeId}/${sessionId}`,
    eventId: null,
    type: "session.stuck",
    at: now,
    isUrgent: isUrgentType("session.stuck"),
    data: { text, node_id: nodeId, node, project, session_id: sessionId, quiet_since: new Date(since).toISOString() },
  };
}

function ofDay(
  { match }: Route,
  { dollars: spent, since }: { readonly dollars: number; readonly since: number },
  { clock, costZone }: Pick<WatchContext, "clock" | "costZone">,
): Occurrence {
  const day = dayText(dayAt(costZone(), since));
  const text = `The fleet has spent ${dollars(spent)} on ${day} (${costZone()}): ${match}`;
  return {
    fingerprint: `cost.daily/${day}/${match}`,
    subject: `cost.daily/${day}`,
    eventId: null,
    type: "cost.daily",
    at: clock.now(),
    isUrgent: isUrgentType("cost.daily"),
    data: { text, day, cost_usd: spent },
  };
}
