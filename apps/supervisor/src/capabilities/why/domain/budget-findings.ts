import type { Finding, WhyView } from "@hal/protocol";
import type { WhyFacts } from "./facts.ts";
import { finding } from "./finding.ts";

/** Which budget refuses what would begin there, or has stopped it, with the figures. */
export function budgetFindings({ node: { budgets = [] } }: WhyFacts): Finding[] {
  return budgets.map(({ text, since }) => finding("budget", "problem", text, since));
}

/** What lets it go on. */
export function budgetSteps({ node: { budgets = [] } }: WhyFacts): WhyView["next"] {
  return [...new Set(budgets.map(({ id }) => id))].slice(0, 2).map((id) => ({
    command: `halctl budgets raise ${id} <dollars> --reason "…"`,
    purpose: "let it spend more until it begins anew (admins)",
  }));
}
