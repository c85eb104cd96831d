import { HalError } from "@hal/protocol";
import type { Context } from "./context.ts";
import { nodeStatuses } from "./node-statuses.ts";

/** Filters of events want the whole id. */
export async function checkNodeId(context: Context, id: string | undefined): Promise<void> {
  const nodes = await nodeStatuses(context);
  if (id === undefined || nodes.has(id)) return;
  const near = [...nodes.values()].find(({ row }) => row.name === id || row.hostname === id || row.id.startsWith(id));
  throw new HalError(
    "bad_request",
    `no node has the id ${id}${near === undefined ? "; see: halctl nodes list" : `; did you mean ${near.row.id}?`}`,
  );
}
