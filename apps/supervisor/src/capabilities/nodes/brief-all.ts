import { nodeById } from "@hal/store/supervisor";
import type { Context } from "./context.ts";

/** Tells every connected node what it must know now. */
export async function briefAll(context: Context): Promise<void> {
  const replacedAt = (credential: string): number => context.tokens.shared.replacedAt(credential);
  for (const link of context.links.all()) {
    const { nodeId, credential, features } = link;
    const node = await nodeById(context.store, nodeId);
    // it was there when its token was the current one, or was given a later one when it came
    const isProven = link.connectedAt < replacedAt(credential) || link.confirmed !== undefined;
    for (const update of context.briefings.updatesFor({ nodeId, node, credential, features, isProven }))
      link.send(update);
  }
}
