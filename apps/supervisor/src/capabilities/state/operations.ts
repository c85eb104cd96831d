import { type SessionView, usd } from "@hal/protocol";
import {
  countOpenCommands,
  countOpenInteractions,
  countOpenStops,
  countSessions,
  listEvents,
  restoredAt,
  totals,
} from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { followerView } from "./follower-view.ts";
import { time } from "../../domain/time.ts";
import type { Handler } from "../../operations/handler.ts";
import { nodeStatuses, statusSeen } from "../nodes/node-statuses.ts";

const get: Handler<"status.get", Context> = async (context) => {
  const nodes = { online: 0, degraded: 0, offline: 0 };
  for (const { status } of (await nodeStatuses(context)).values()) nodes[status.status] += 1;
  const { costMicroUsd, tokens } = await totals(context.store);
  const [newest] = await listEvents(context.store, { limit: 1 });
  const restored = restoredAt(context.store.sqlite.orm);
  return {
    version: context.version,
    log_id: context.store.logId,
    started_at: time(context.startedAt),
    ...(restored === undefined ? {} : { restored_at: time(restored) }),
    server_time: time(context.clock.now()),
    nodes,
    sessions: await sessionsByStatus(context),
    open_interactions: await countOpenInteractions(context.store),
    commands_in_flight: await countOpenCommands(context.store),
    stops_waiting: await countOpenStops(context.store),
    cost: usd(costMicroUsd),
    tokens,
    last_event: newest === undefined ? null : { id: newest.id, received_at: time(newest.receivedAt) },
    followers: context.followers.reports.map(followerView),
  };
};

/** Sessions by the status that people see: those of nodes that are offline or without opencode, and of projects that fail, are unreachable. */
export async function sessionsByStatus(context: Context): Promise<Partial<Record<SessionView["status"], number>>> {
  const nodes = await nodeStatuses(context);
  const counts: Partial<Record<SessionView["status"], number>> = {};
  for (const counted of await countSessions(context.store)) {
    const seen = statusSeen(counted, nodes.get(counted.nodeId));
    counts[seen] = (counts[seen] ?? 0) + counted.count;
  }
  return counts;
}

export const statusHandlers = { "status.get": get };
