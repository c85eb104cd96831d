import { usd } from "@hal/protocol";
import { countOpenInteractions, spentByTrees, unrestedSessions } from "@hal/store/supervisor";
import type { Composed } from "../../channels/composer.ts";
import type { Context as ChannelsContext } from "../../channels/context.ts";
import { nodeStatuses } from "../../nodes/node-statuses.ts";
import { describeSessions } from "../../sessions/describe-session.ts";
import { daysOf, spanOf } from "../../ledger/domain/cost-days.ts";
import { spentToday } from "../measure.ts";
import { fleetCard } from "./fleet-card.ts";

/** So many sessions are looked at; there are hardly more at work. */
const MOST = 200;

/** The fleet as it is now. */
export async function showFleet(context: ChannelsContext): Promise<Composed> {
  const { store, clock, costZone, held } = context;
  const rows = await unrestedSessions(store, MOST);
  const views = await describeSessions(context, rows);
  const spent = await spentByTrees(store, rows, spanOf(daysOf("today", { timeZone: costZone(), now: clock.now() })));
  const known = [...(await nodeStatuses(context)).values()].filter(({ replacedBy }) => replacedBy === undefined);
  return fleetCard({
    nodes: known.map(({ row, status }) => ({ name: row.name, status: status.status })),
    sessions: views.map((view) => ({ ...view, spentToday: usd(spent.get(`${view.node_id}/${view.id}`) ?? 0) })),
    openInteractions: await countOpenInteractions(store),
    spentToday: (await spentToday(context)).dollars,
    timeZone: costZone(),
    isHeld: held.standing.length > 0,
  });
}
