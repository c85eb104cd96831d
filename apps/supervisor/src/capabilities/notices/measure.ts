import { usd } from "@hal/protocol";
import { ledgerSums, troubledSessions } from "@hal/store/supervisor";
import { daysOf, spanOf } from "../ledger/domain/cost-days.ts";
import { toldHealth } from "../health/describe-health.ts";
import { marksOf } from "../health/domain/marks.ts";
import { nodeStatuses, statusSeen } from "../nodes/node-statuses.ts";
import type { WatchContext } from "./context.ts";

/** A session in which nothing moves though it is at work. */
export interface QuietSession {
  readonly nodeId: string;
  readonly node: string;
  readonly sessionId: string;
  readonly project: string | null;
  /** nothing moved since */
  readonly since: number;
  readonly reason: string;
}

/** Sessions that are at work, and in which nothing moves. */
export async function quietSessions(context: WatchContext): Promise<QuietSession[]> {
  const nodes = await nodeStatuses(context);
  const now = context.clock.now();
  const limits = { ...context.healthLimits(), stuckMs: 0 };
  return (await troubledSessions(context.store)).flatMap(({ health, session }) => {
    const node = nodes.get(health.nodeId);
    const status = statusSeen(session, node);
    const quiet = marksOf(toldHealth(health), { status, now, limits }).find(({ mark }) => mark === "stuck");
    if (quiet === undefined) return [];
    const { nodeId, sessionId } = health;
    const { since, reason } = quiet;
    return [{ nodeId, node: node?.row.name ?? nodeId, sessionId, project: session.project, since, reason }];
  });
}

/** What the fleet has spent on this day, by the clock of `cost.time_zone`, in dollars, and when that day began. */
export async function spentToday({
  store,
  clock,
  costZone,
}: Pick<WatchContext, "store" | "clock" | "costZone">): Promise<{ readonly dollars: number; readonly since: number }> {
  const span = spanOf(daysOf("today", { timeZone: costZone(), now: clock.now() }));
  const [spent] = await ledgerSums(store, span, []);
  return { dollars: usd((spent?.costNanoUsd ?? 0) / 1_000), since: span.from };
}
