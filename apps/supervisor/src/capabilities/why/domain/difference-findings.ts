import type { Finding } from "@hal/protocol";
import type { WhyFacts } from "./facts.ts";
import { finding } from "./finding.ts";

const MOST_SHOWN = 3;

/** Where what is shown may be false, because the event log differs from what the agent told. */
export function differenceFindings({ node, session }: WhyFacts): Finding[] {
  const all = (node.differences ?? []).filter(({ sessionId }) => session === undefined || sessionId === session.id);
  const shown = all.slice(0, MOST_SHOWN).map(({ sessionId, text, since }) => {
    const whose = session === undefined ? `session ${sessionId}` : "it";
    return finding("agent", "problem", `what is shown of ${whose} may be false: ${text}; ${ASKED}`, since);
  });
  const more = all.length - shown.length;
  return more === 0 ? shown : [...shown, finding("agent", "problem", `the same of ${more} more sessions`)];
}

const ASKED = "its agent was asked to tell it once more";
