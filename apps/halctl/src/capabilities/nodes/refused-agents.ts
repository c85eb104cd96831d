import { HalError, type OperatorClient, type RefusedAgentView } from "@hal/protocol";

/** Who meant to be an agent lately and was not let in; nobody where the supervisor is of a release that does not say. */
export async function refusedAgents(client: OperatorClient): Promise<readonly RefusedAgentView[]> {
  try {
    return (await client.call("nodes.refused", {})).output;
  } catch (error) {
    if (error instanceof HalError && error.code === "not_found") return [];
    throw error;
  }
}
