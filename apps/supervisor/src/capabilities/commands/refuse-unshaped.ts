import { HalError, PROMPTS_FEATURE } from "@hal/protocol";
import { nodeById } from "@hal/store/supervisor";
import { featuresOf } from "../nodes/node-statuses.ts";
import type { Context } from "./context.ts";

/** Refuses what asks for an answer of a shape where its agent is older: it would drop the shape, and the answer would have another one. */
export async function refuseUnshaped(context: Context, nodeId: string, args: object): Promise<void> {
  if (!("format" in args)) return;
  const row = await nodeById(context.store, nodeId);
  if (!featuresOf(context, row ?? { id: nodeId, features: [] }).includes(PROMPTS_FEATURE))
    throw new HalError(
      "bad_request",
      `the agent of node ${row?.name ?? nodeId} is older and cannot ask for an answer of a shape; upgrade it`,
    );
}
