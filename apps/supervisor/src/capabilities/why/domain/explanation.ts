import type { Finding, WhyView } from "@hal/protocol";
import { nextSteps } from "@hal/words";
import type { WhyFacts } from "./facts.ts";
import { differenceFindings } from "./difference-findings.ts";
import { budgetFindings, budgetSteps } from "./budget-findings.ts";
import { holdFindings } from "./hold-findings.ts";
import { nodeFindings } from "./node-findings.ts";
import { finding } from "./finding.ts";
import { inboxFindings, policyFindings } from "./policy-findings.ts";
import { taskFindings } from "./project-findings.ts";
import {
  commandFindings,
  eventFindings,
  gapFindings,
  interactionFindings,
  promptFindings,
  sessionFindings,
} from "./session-findings.ts";

/** So many things to type are offered. */
const MOST_STEPS = 6;

/** Answers "why?" from facts alone: what is told first is what it comes down to. Pure. */
export function explain(facts: WhyFacts): WhyView {
  const { session, node } = facts;
  const own = session === undefined ? nodeFindings(facts) : sessionFindings(facts);
  const around = session === undefined ? countFindings(facts) : nodeFindings(facts);
  const findings = [
    ...own,
    ...holdFindings(facts),
    ...budgetFindings(facts),
    ...taskFindings(facts.project, session?.startedAt),
    ...differenceFindings(facts),
    ...interactionFindings(facts),
    ...promptFindings(facts),
    ...policyFindings(facts),
    ...inboxFindings(facts),
    ...commandFindings(facts),
    ...around,
    ...gapFindings(facts),
    ...eventFindings(facts),
  ];
  return {
    subject:
      session === undefined
        ? { kind: "node", id: node.id, name: node.name }
        : { kind: "session", id: session.id, name: `${session.project} on ${node.name}` },
    status: session?.status ?? node.status.status,
    answer: answerOf(facts, findings),
    findings,
    next: [...budgetSteps(facts), ...nextSteps(facts)].slice(0, MOST_STEPS),
  };
}

/** The reason of the status, and what else stops things, where the reason does not say it already. */
function answerOf(facts: WhyFacts, findings: readonly Finding[]): string {
  const { session, node } = facts;
  const reason = session === undefined ? node.status.reason : session.reason;
  const status = session?.status ?? node.status.status;
  const whose =
    session === undefined ? `node ${node.name}` : `session ${session.id} (${session.project} on ${node.name})`;
  const [problem] = findings.filter(
    ({ level, topic }) =>
      level === "problem" &&
      (topic === "command" || topic === "project" || (topic === "opencode" && session !== undefined)),
  );
  const [mark] = session?.health?.marks ?? [];
  const trouble = mark === undefined ? undefined : { text: `${mark.mark}, ${mark.reason}` };
  const other =
    holdFindings(facts)[0] ?? budgetFindings(facts)[0] ?? differenceFindings(facts)[0] ?? trouble ?? problem;
  const said = reason.startsWith(status) ? reason : `${status}: ${reason}`;
  return `${whose} is ${said}${other === undefined ? "" : `. Also: ${other.text}`}`;
}

function countFindings({ sessions }: WhyFacts): Finding[] {
  const counted = Object.entries(sessions).filter(([, count]) => count > 0);
  if (counted.length === 0) return [finding("session", "fine", "it has no sessions")];
  return [finding("session", "fine", `its sessions: ${counted.map(([name, count]) => `${count} ${name}`).join(", ")}`)];
}
