import { HalError, type OperatorClient, type RefusedAgentView } from "@hal/protocol";
import { ago } from "@hal/words";

/** Who meant to be an agent lately and was not let in; nobody where the supervisor is of a release that does not say. */
export async function refusedAgents(client: OperatorClient): Promise<readonly RefusedAgentView[]> {
  try {
    return (await client.call("nodes.refused", {})).output;
  } catch (error) {
    if (error instanceof HalError && error.code === "not_found") return [];
    throw error;
  }
}

/** One refusal in a sentence. */
export function refusedText(refusal: RefusedAgentView, now: number): string {
  const { address, node_id: nodeId, count, last_at: last, reason } = refusal;
  const who = nodeId === null ? "somebody" : `node ${nodeId}`;
  const often = count === 1 ? "once" : `${count} times`;
  return `${who} from ${address ?? "?"} was refused ${often}, last ${ago(last, now)}: ${reason}`;
}
