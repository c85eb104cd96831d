import { EVENT_TYPES, HalError, type ProjectReport } from "@hal/protocol";
import { meantText } from "@hal/protocol/text";
import { listAudit, listEvents, listSessions } from "@hal/store/supervisor";
import type { Context } from "../../context.ts";
import { AUDIT_ACTIONS } from "../audit/domain/audit-actions.ts";
import { nodeStatuses } from "../nodes/node-statuses.ts";

// A filter that can match nothing is refused, with what was probably meant. What is in the log though this release does not
// know it, such as an event of a later one, can be asked for.

export async function checkEventType({ store }: Context, type: string | undefined): Promise<void> {
  if (type === undefined || (EVENT_TYPES as readonly string[]).includes(type)) return;
  if ((await listEvents(store, { type, limit: 1 })).length === 0) throw nothingLike("event type", type, EVENT_TYPES);
}

export async function checkAction({ store }: Context, action: string | undefined): Promise<void> {
  if (action === undefined || AUDIT_ACTIONS.includes(action)) return;
  if ((await listAudit(store, { action, limit: 1 })).length === 0) throw nothingLike("action", action, AUDIT_ACTIONS);
}

/** A project is known by a node that has it, or by a session that was in it. */
export async function checkProject(context: Context, project: string | undefined): Promise<void> {
  if (project === undefined) return;
  const nodes = [...(await nodeStatuses(context)).values()];
  const names = [...new Set(nodes.flatMap(({ row }) => (row.projects as ProjectReport[]).map(({ name }) => name)))];
  if (names.includes(project) || (await listSessions(context.store, { project, limit: 1 })).length > 0) return;
  throw nothingLike("project", project, names, names.length === 0 ? "" : `; there are: ${names.join(", ")}`);
}

/** Filters of events want the whole id. */
export async function checkNodeId(context: Context, id: string | undefined): Promise<void> {
  const nodes = await nodeStatuses(context);
  if (id === undefined || nodes.has(id)) return;
  const near = [...nodes.values()].find(({ row }) => row.name === id || row.hostname === id || row.id.startsWith(id));
  throw new HalError(
    "bad_request",
    `no node has the id ${id}${near === undefined ? "; see: halctl nodes list" : `; did you mean ${near.row.id}?`}`,
  );
}

function nothingLike(kind: string, given: string, known: readonly string[], list = ""): HalError {
  return new HalError("bad_request", `there is no ${kind} ${given}${meantText(given, known) || list}`);
}
