import type { Finding, FleetProjectView, WhyView } from "@hal/protocol";
import { finding } from "./finding.ts";

/** What is known of a project, as people see it. */
export type KnownProject = Pick<FleetProjectView, "name" | "task" | "reason" | "completed" | "depends_on" | "start">;

/** How the task of a project stands, where anybody ever said so, and what became of it because of those that it depends on. */
export function taskFindings(project: KnownProject | undefined, workedAt: number | undefined): Finding[] {
  if (project === undefined) return [];
  const { name, task, reason, completed, depends_on: on, start } = project;
  const isSaid = completed !== null || on.length > 0;
  const at = completed === null ? null : Date.parse(completed.at);
  return [
    ...(isSaid
      ? [finding("project", completed === null ? "note" : "fine", `the task of ${name} is ${task}: ${reason}`, at)]
      : []),
    ...(start === null ? [] : [startFinding(start, workedAt)]),
  ];
}

function startFinding(start: NonNullable<KnownProject["start"]>, workedAt: number | undefined): Finding {
  const { after, not_started: why, code, session_id: session, command_id: command } = start;
  const at = Date.parse(start.at);
  const when = `when ${after} was completed`;
  if (why === null)
    return finding("project", "fine", `it was started ${when}: ${session ?? command ?? "nobody knows as what"}`, at);
  // somebody has begun something there since
  const isOver = code === "waits" || (workedAt !== undefined && workedAt > at);
  return finding("project", isOver ? "note" : "problem", `it was not started ${when}: ${why}`, at);
}

/** Answers for a project that is on no node, or on several, and in which nothing runs. Pure. */
export function explainProject(project: KnownProject & Pick<FleetProjectView, "nodes">): WhyView {
  const { name, task, reason, nodes } = project;
  const findings = taskFindings(project, undefined);
  const [problem] = findings.filter(({ level }) => level === "problem");
  const places = nodes.map(({ node, directory, state, reason: why }) =>
    finding(
      "node",
      state === "ready" ? "fine" : "note",
      `${node} has it: ${directory}, ${state}${why === "" ? "" : `: ${why}`}`,
    ),
  );
  return {
    subject: { kind: "project", id: name, name },
    status: task,
    answer: `project ${name} has no session that runs: ${reason}${problem === undefined ? "" : `. Also: ${problem.text}`}`,
    findings: [...findings, ...places],
    next:
      nodes.length === 0
        ? [{ command: "halctl nodes list", purpose: "which projects each node has" }]
        : nodes.map(({ node }) => ({ command: `halctl start ${node}/${name} …`, purpose: "begin there" })),
  };
}
