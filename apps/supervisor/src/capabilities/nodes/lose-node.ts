import { recordDisconnected, recordReports } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { AgentLink } from "./link.ts";
import { announceIfOffline } from "./announce-offline.ts";

/** Records that a node's link is gone, why, and what it reported last. */
export async function loseNode(context: Context, link: AgentLink, reason: string): Promise<void> {
  const { report } = link;
  const last = { nodeId: link.nodeId, at: report.at, opencode: report.opencode, resources: report.resources };
  await Promise.all([
    recordReports(context.store, [last]),
    recordDisconnected(context.store, link.nodeId, reason, context.clock.now()),
  ]);
  await announceIfOffline(context, link.nodeId);
}
