import { HEALTH_MARKS, type HealthMark } from "@hal/protocol";
import { troubledSessions } from "@hal/store/supervisor";
import { nodeStatuses, statusSeen } from "../nodes/node-statuses.ts";
import type { Context } from "./context.ts";
import { toldHealth } from "./describe-health.ts";
import { marksOf } from "./domain/marks.ts";

/** How many sessions have each mark. */
export async function sessionsByMark(context: Context): Promise<Readonly<Record<HealthMark["mark"], number>>> {
  const nodes = await nodeStatuses(context);
  const [now, limits] = [context.clock.now(), context.healthLimits()];
  const counts = { stuck: 0, looping: 0 };
  for (const { health, session } of await troubledSessions(context.store)) {
    const status = statusSeen(session, nodes.get(health.nodeId));
    const marks = marksOf(toldHealth(health), { status, now, limits });
    for (const mark of HEALTH_MARKS) if (marks.some((one) => one.mark === mark)) counts[mark] += 1;
  }
  return counts;
}
