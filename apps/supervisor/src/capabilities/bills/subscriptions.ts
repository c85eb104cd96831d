import type { SubscriptionView } from "@hal/protocol";
import type { Kernel } from "../../kernel.ts";

/** Nodes whose opencode asks a provider with a login instead of a key, as far as they told. */
export async function subscriptionsByProvider(_context: Kernel): Promise<ReadonlyMap<string, SubscriptionView[]>> {
  return new Map();
}
