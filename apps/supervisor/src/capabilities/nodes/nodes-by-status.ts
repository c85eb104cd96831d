import type { Context } from "./context.ts";
import type { NodeStatus } from "./domain/node-status.ts";
import { nodeStatuses } from "./node-statuses.ts";

/** How many nodes there are of each status. */
export async function nodesByStatus(context: Context): Promise<Readonly<Record<NodeStatus["status"], number>>> {
  const counts = { online: 0, degraded: 0, offline: 0 };
  for (const { status } of (await nodeStatuses(context)).values()) counts[status.status] += 1;
  return counts;
}
