import type { Finding } from "@hal/protocol";
import type { WhyFacts } from "./facts.ts";
import { finding } from "./finding.ts";

/** What is held there: nothing begins, whatever is asked. */
export function holdFindings({ node: { holds = [] } }: WhyFacts): Finding[] {
  return holds.map(({ text, release, since }) =>
    finding("hold", "note", `${text}: nothing begins until it is released; ${release}`, since),
  );
}
