import { usd } from "@hal/protocol";
import {
  countOpenCommands,
  countOpenInteractions,
  countOpenStops,
  listEvents,
  restoredAt,
  totals,
} from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { followerView } from "../events/follower-view.ts";
import { time } from "../../domain/time.ts";
import type { Handler } from "../../operations/handler.ts";
import { sessionsByMark } from "../health/sessions-by-mark.ts";
import { holdViews } from "../nodes/hold-views.ts";
import { nodesByStatus } from "../nodes/nodes-by-status.ts";
import { sessionsByStatus } from "../sessions/sessions-by-status.ts";

const get: Handler<"status.get", Context> = async (context) => {
  const { costMicroUsd, tokens } = await totals(context.store);
  const [newest] = await listEvents(context.store, { limit: 1 });
  const restored = restoredAt(context.store.sqlite.orm);
  return {
    version: context.version,
    log_id: context.store.logId,
    started_at: time(context.startedAt),
    ...(restored === undefined ? {} : { restored_at: time(restored) }),
    server_time: time(context.clock.now()),
    holds: await holdViews(context, context.held.standing),
    nodes: await nodesByStatus(context),
    sessions: await sessionsByStatus(context),
    health: await sessionsByMark(context),
    open_interactions: await countOpenInteractions(context.store),
    commands_in_flight: await countOpenCommands(context.store),
    stops_waiting: await countOpenStops(context.store),
    cost: usd(costMicroUsd),
    tokens,
    last_event: newest === undefined ? null : { id: newest.id, received_at: time(newest.receivedAt) },
    followers: context.followers.reports.map(followerView),
  };
};

export const statusHandlers = { "status.get": get };
