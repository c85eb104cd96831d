import type { Heartbeat, ResourceReport } from "@hal/protocol";
import { outboxDepth } from "@hal/store/agent";
import type { Context } from "../context.ts";

/** How this node is just now. Protocol §2. */
export async function heartbeatOf(
  context: Context,
  { resources, credentialVersion }: { readonly resources: ResourceReport; readonly credentialVersion: string },
): Promise<Heartbeat> {
  const { depth, bytes, oldestAt } = await outboxDepth(context.store);
  return {
    type: "heartbeat",
    at: context.clock.now(),
    resources,
    opencode: context.opencode.report(),
    outbox: { depth, bytes, ...(oldestAt === undefined ? {} : { oldestAt }) },
    sessions: context.book.counts(),
    credentialVersion,
    holds: context.holds.saved.map(({ id }) => id),
  };
}
