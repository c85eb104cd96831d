import type { Finding } from "@hal/protocol";
import type { WhyFacts } from "./facts.ts";
import { finding } from "./finding.ts";

/** What policies are at in the session, and what they came to. */
export function policyFindings({ policies = [] }: WhyFacts): Finding[] {
  return policies.map(({ policy, text, at, isProblem }) =>
    finding("policy", isProblem ? "problem" : "note", `${policy}: ${text}`, at),
  );
}

/** Who put off, or has seen, what needs somebody. */
export function inboxFindings({ notes = [] }: WhyFacts): Finding[] {
  return notes.map(({ text, at }) => finding("inbox", "note", text, at));
}
