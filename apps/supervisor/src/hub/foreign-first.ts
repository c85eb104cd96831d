import { AGENT_SUBPROTOCOL, PROTOCOL_RANGE } from "@hal/protocol";

/** What somebody hears whose first frame is something else: that, and what is spoken here. */
export function foreignFirst(problem: string): string {
  const { min, max } = PROTOCOL_RANGE;
  return `${problem}; ${AGENT_SUBPROTOCOL} begins with hello, protocol ${min}-${max}`;
}
