import type { InboxView } from "@hal/protocol";
import { countSessions } from "@hal/store/supervisor";
import { time } from "../../domain/time.ts";
import type { Handler } from "../../operations/handler.ts";
import { holdViews } from "../nodes/hold-views.ts";
import { type KnownNode, nodeNamer, statusSeen } from "../nodes/node-statuses.ts";
import { checkProject } from "../references/check-project.ts";
import type { Context } from "./context.ts";
import { describeItems } from "./describe-items.ts";
import { countByTier, inOrder } from "./domain/order.ts";
import { gatherItems } from "./gather-items.ts";

/** What finished longer ago is not shown to somebody who has not looked yet. */
const FIRST_LOOK_MS = 24 * 3_600_000;

const list: Handler<"inbox.list", Context> = async (context, { all, tier, project, since, limit }) => {
  await checkProject(context, project);
  const finishedSince = since === undefined ? context.clock.now() - FIRST_LOOK_MS : Date.parse(since);
  const { items, nodes } = await gatherItems(context, finishedSince);
  const meant = items.filter((item) => project === undefined || item.project === project);
  const open = meant.filter((item) => item.about === "session" || !item.isAnswered);
  const shown = inOrder(all ? meant : open).filter((item) => tier === undefined || item.tier === tier);
  return {
    items: await describeItems(context, shown.slice(0, limit), nodes),
    counts: countByTier(open),
    since: time(finishedSince),
    holds: await holdViews(context, context.held.standing),
    unreachable: await unreachable(context, nodes),
  };
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

export const inboxHandlers = { "inbox.list": list };
