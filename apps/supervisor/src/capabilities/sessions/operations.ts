import { setImmediate as nextTurn } from "node:timers/promises";
import type { SessionView } from "@hal/protocol";
import { listMessages, listSessions, type SessionFilter, type SessionRow } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { formatPlace, type PagePlace, parsePlace } from "../../operations/domain/page-place.ts";
import { messageView } from "./views.ts";
import { checkProject } from "../references/check-project.ts";
import { describeSessions } from "./describe-session.ts";
import type { Handler } from "../../operations/handler.ts";
import { Page } from "../../operations/page.ts";
import { resolveNode } from "../nodes/resolve-node.ts";
import { resolveSession } from "../references/resolve-session.ts";
import { sessionToEnd } from "./session-to-end.ts";
import { undoOf } from "./undo-of.ts";

const list: Handler<"sessions.list", Context> = async (context, input, { signal }) => {
  const nodeId = input.node_id === undefined ? undefined : (await resolveNode(context, input.node_id)).row.id;
  await checkProject(context, input.project);
  const filter = {
    project: input.project,
    nodeId,
    roots: input.roots,
    // one that has ended has no mark
    ended: input.status === undefined ? (input.health === undefined ? undefined : false) : input.status === "ended",
  };
  const start = parsePlace(input.cursor);
  const { status, health, limit } = input;
  const isWanted = (view: SessionView): boolean =>
    (status === undefined || view.status === status) &&
    (health === undefined || view.health.some(({ mark }) => mark === health));
  if (health !== undefined || (status !== undefined && status !== "ended"))
    return searchByView(context, { filter, isWanted, start, limit }, signal);
  const rows = await listSessions(context.store, { ...filter, after: start, limit: input.limit + 1 });
  const page = Page.of(rows, input.limit, placeOf);
  return new Page(await describeSessions(context, page.rows), page.next);
};

/** So many sessions are looked at together, and by one request. */
const WINDOW = 250;
const MOST_WINDOWS = 20;

/**
 * Statuses and marks are computed when they are read, so the store cannot filter by them: the sessions are gone through in
 * windows, with a pause between two. A page may come out short; its cursor then goes on where it stopped.
 */
async function searchByView(
  context: Context,
  search: {
    readonly filter: Omit<SessionFilter, "limit">;
    readonly isWanted: (view: SessionView) => boolean;
    readonly start: PagePlace | undefined;
    readonly limit: number;
  },
  signal: AbortSignal,
): Promise<Page<SessionView>> {
  const { filter, isWanted, limit } = search;
  const found: SessionView[] = [];
  // the last session that is in the page, or was looked at for it
  let place = search.start;
  let after = search.start;
  for (let window = 0; window < MOST_WINDOWS; window += 1) {
    const rows = await listSessions(context.store, { ...filter, after, limit: WINDOW });
    const views = await describeSessions(context, rows);
    for (const [index, row] of rows.entries()) {
      const view = views[index];
      after = pagePlaceOf(row);
      const isFound = view !== undefined && isWanted(view);
      if (isFound) {
        if (found.length === limit) return new Page(found, formatOptional(place));
        found.push(view);
      }
      // behind a full page one more is looked for; the next page begins before what that passes
      if (isFound || found.length < limit) place = after;
    }
    if (rows.length < WINDOW) return new Page(found, undefined);
    await nextTurn();
    signal.throwIfAborted();
  }
  return new Page(found, formatOptional(place));
}

function formatOptional(place: PagePlace | undefined): string | undefined {
  return place === undefined ? undefined : formatPlace(place);
}

function pagePlaceOf({ lastActivityAt, nodeId, id }: SessionRow): PagePlace {
  return { at: lastActivityAt, nodeId, id };
}

function placeOf(row: SessionRow): string {
  return formatPlace(pagePlaceOf(row));
}

const get: Handler<"sessions.get", Context> = async (context, { ref, for: act }) => {
  const row = await (act === undefined ? resolveSession(context, ref) : sessionToEnd(context, ref, act));
  return (await describeSessions(context, [row]))[0] as SessionView;
};

const messages: Handler<"sessions.messages", Context> = async (context, { ref, limit }) => {
  const row = await resolveSession(context, ref);
  const undo = await undoOf(context, row);
  return (await listMessages(context.store, row.nodeId, row.id, limit)).map((message) => messageView(message, undo));
};

export const sessionHandlers = { "sessions.list": list, "sessions.get": get, "sessions.messages": messages };
