import type { OpencodeReport, SubscriptionView } from "@hal/protocol";
import { allNodes, type NodeRow, providerLimits } from "@hal/store/supervisor";
import { time } from "../../domain/time.ts";
import type { Kernel } from "../../kernel.ts";
import type { Links } from "../nodes/link.ts";

/** A provider's login on one node, as its agent told it last. */
interface Login {
  readonly provider: string;
  readonly node: NodeRow;
  readonly account: string | undefined;
}

/**
 * Nodes whose opencode asks a provider with a login instead of a key, as their agents tell. No provider says how much of a subscription
 * is used; what is known is until when one let a session of that node do nothing.
 */
export async function subscriptionsByProvider({
  store,
  clock,
  links,
}: Pick<Kernel, "store" | "clock"> & { readonly links: Links }): Promise<ReadonlyMap<string, SubscriptionView[]>> {
  const logins = (await allNodes(store)).flatMap((node) => loginsOf(links, node));
  const limits = new Map(providerLimits(store, clock.now()).map((one) => [`${one.nodeId}/${one.provider}`, one]));
  const shared = Map.groupBy(logins, ({ provider, account }) => `${provider}/${account ?? ""}`);
  const view = ({ provider, node, account }: Login): SubscriptionView => {
    const limit = limits.get(`${node.id}/${provider}`);
    const alike = account === undefined ? [] : (shared.get(`${provider}/${account}`) ?? []);
    return {
      node_id: node.id,
      node: node.name,
      window:
        limit === undefined
          ? "how much of it is used nobody says"
          : `its window is used up, as its provider said: ${limit.message}`,
      resets_at: limit === undefined ? null : time(limit.until),
      login: account ?? null,
      shared_with: alike.filter((one) => one.node.id !== node.id).map((one) => one.node.name),
    };
  };
  const byProvider = Map.groupBy(logins, ({ provider }) => provider);
  return new Map([...byProvider].map(([provider, all]) => [provider, all.map(view)]));
}

/** What a node's agent says now, or said before it went. */
function loginsOf(links: Links, node: NodeRow): Login[] {
  const told = links.get(node.id)?.report.opencode ?? (node.opencode as Partial<OpencodeReport>);
  return (told.logins ?? []).map(({ provider, account }) => ({ provider, node, account }));
}
