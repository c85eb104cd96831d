import type { InboxView } from "@hal/protocol";
import { countSessions, keepInboxLook } from "@hal/store/supervisor";
import { time, timeOrNull } from "../../domain/time.ts";
import type { Handler } from "../../operations/handler.ts";
import { holdViews } from "../nodes/hold-views.ts";
import { type KnownNode, nodeNamer, statusSeen } from "../nodes/node-statuses.ts";
import { checkProject } from "../references/check-project.ts";
import type { Context } from "./context.ts";
import { describeItems } from "./describe-items.ts";
import { countByTier, inOrder } from "./domain/order.ts";
import { acknowledge, reopen, snooze } from "./note-item.ts";
import { readInbox } from "./read-inbox.ts";
import { reviewInbox } from "./review-inbox.ts";

const list: Handler<"inbox.list", Context> = async (context, { all, tier, project, since, limit }, { actor }) => {
  await checkProject(context, project);
  const from = since === undefined ? undefined : Date.parse(since);
  const own = await readInbox(context, { actor, since: from, project, most: limit });
  const open = own.items.filter(({ state }) => state === "open");
  const byItem = new Map((all ? own.items : open).map((one) => [one.item, one]));
  const shown = inOrder([...byItem.keys()])
    .filter((item) => tier === undefined || item.tier === tier)
    .slice(0, limit)
    .flatMap((item) => byItem.get(item) ?? []);
  const count = (wanted: string): number => own.items.filter(({ state }) => state === wanted).length;
  const counts = countByTier(open.map(({ item }) => item));
  return {
    items: await describeItems(context, shown, own.nodes),
    counts: { ...counts, finished: counts.finished + own.moreFinished },
    hidden: { snoozed: count("snoozed"), acknowledged: count("acknowledged"), answered: count("answered") },
    since: time(own.finishedSince),
    last_look: timeOrNull(own.lastLook ?? null),
    holds: await holdViews(context, context.held.standing),
    unreachable: await unreachable(context, own.nodes),
  };
};

const look: Handler<"inbox.look", Context> = async ({ store, clock }, { until }, { actor }) => {
  const now = clock.now();
  const at = until === undefined ? now : Math.min(now, Date.parse(until));
  return { last_look: time(await keepInboxLook(store, actor, at)) };
};

const review: Handler<"inbox.review", Context> = async (context, { since, project, limit }, { actor, signal }) => {
  await checkProject(context, project);
  const from = since === undefined ? undefined : Date.parse(since);
  const wanted = { actor, since: from, project, limit };
  return reviewInbox(context, wanted, AbortSignal.any([signal, context.stopping]));
};

/** Where nobody knows what goes on: an inbox that is empty for that says so. */
async function unreachable(
  { store }: Context,
  nodes: ReadonlyMap<string, KnownNode>,
): Promise<InboxView["unreachable"]> {
  const doubtful = [...nodes.values()].filter(({ replacedBy }) => replacedBy === undefined).filter(mayBeUnreachable);
  if (doubtful.length === 0) return { nodes: [], sessions: 0 };
  const byId = new Map(doubtful.map((node) => [node.row.id, node]));
  const nameNode = nodeNamer(nodes);
  const names = new Set<string>();
  let sessions = 0;
  for (const counted of await countSessions(store)) {
    const node = byId.get(counted.nodeId);
    if (node === undefined || statusSeen(counted, node) !== "unreachable") continue;
    names.add(nameNode(counted.nodeId));
    sessions += counted.count;
  }
  return { nodes: [...names], sessions };
}

function mayBeUnreachable({ row, status }: KnownNode): boolean {
  const projects = row.projects as readonly { readonly problem?: unknown }[];
  return (
    status.status === "offline" ||
    status.withoutOpencode !== undefined ||
    projects.some(({ problem }) => problem !== undefined)
  );
}

export const inboxHandlers = {
  "inbox.list": list,
  "inbox.snooze": snooze,
  "inbox.acknowledge": acknowledge,
  "inbox.reopen": reopen,
  "inbox.look": look,
  "inbox.review": review,
};
