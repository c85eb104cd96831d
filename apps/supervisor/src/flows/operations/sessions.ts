import type { SessionView } from "@hal/protocol";
import { listMessages, listSessions } from "@hal/store/supervisor";
import { messageView } from "../views.ts";
import { describeSessions } from "../describe-session.ts";
import type { Handler } from "../dispatch.ts";
import { resolveNode } from "../resolve-node.ts";
import { resolveSession } from "../resolve-session.ts";

/** Statuses that are computed when they are read; the store cannot filter by them. */
const MOST_ROWS = 1_000;

const list: Handler<"sessions.list"> = async (context, input) => {
  const nodeId = input.node_id === undefined ? undefined : (await resolveNode(context, input.node_id)).row.id;
  const rows = await listSessions(context.store, {
    project: input.project,
    nodeId,
    roots: input.roots,
    limit: input.status === undefined ? input.limit : MOST_ROWS,
  });
  const views = await describeSessions(context, rows);
  return input.status === undefined
    ? views
    : views.filter(({ status }) => status === input.status).slice(0, input.limit);
};

const get: Handler<"sessions.get"> = async (context, { ref }) => {
  const row = await resolveSession(context, ref);
  return (await describeSessions(context, [row]))[0] as SessionView;
};

const messages: Handler<"sessions.messages"> = async (context, { ref, limit }) => {
  const row = await resolveSession(context, ref);
  return (await listMessages(context.store, row.nodeId, row.id, limit)).map(messageView);
};

export const sessionHandlers = { "sessions.list": list, "sessions.get": get, "sessions.messages": messages };
