import type { RefusedAgentView } from "@hal/protocol";
import { ago } from "./times.ts";

/** One refusal in a sentence. */
export function refusedText(refusal: RefusedAgentView, now: number): string {
  const { address, node_id: nodeId, count, last_at: last, reason } = refusal;
  const who = nodeId === null ? "somebody" : `node ${nodeId}`;
  const often = count === 1 ? "once" : `${count} times`;
  return `${who} from ${address ?? "?"} was refused ${often}, last ${ago(last, now)}: ${reason}`;
}
