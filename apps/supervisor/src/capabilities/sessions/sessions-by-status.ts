import type { SessionView } from "@hal/protocol";
import { countSessions } from "@hal/store/supervisor";
import type { Context } from "../nodes/context.ts";
import { nodeStatuses, statusSeen } from "../nodes/node-statuses.ts";

/** Sessions by the status that people see: those of nodes that are offline or without opencode, and of projects that fail, are unreachable. */
export async function sessionsByStatus(
  context: Context,
): Promise<Readonly<Partial<Record<SessionView["status"], number>>>> {
  const nodes = await nodeStatuses(context);
  const counts: Partial<Record<SessionView["status"], number>> = {};
  for (const counted of await countSessions(context.store)) {
    const seen = statusSeen(counted, nodes.get(counted.nodeId));
    counts[seen] = (counts[seen] ?? 0) + counted.count;
  }
  return counts;
}
