import { type CommandView, type Finding, isFinal, type SessionView, type WhyView } from "@hal/protocol";
import { ago } from "@hal/words";
import { finding } from "./finding.ts";

/** What is known of a command. */
export interface CommandFacts {
  readonly now: number;
  readonly command: CommandView;
  /** undefined of a node that is gone */
  readonly node: { readonly name: string; readonly status: string; readonly reason: string } | undefined;
  /** the session that it is about, or that came of it */
  readonly sessionId: string | null;
  readonly session: Pick<SessionView, "id" | "status" | "reason"> | undefined;
  /** the schedule that asked for it */
  readonly schedule: string | undefined;
}

/** Why a command did what it did, or nothing yet. Pure. */
export function explainCommand(facts: CommandFacts): WhyView {
  const { command, node, now, sessionId } = facts;
  const { id, type, state, reason, project, actor, created_at: at } = command;
  const nodeName = node?.name ?? command.node_id;
  const where = project === null ? nodeName : `${project} on ${nodeName}`;
  const came = sessionId === null ? "" : `; its session is ${sessionId}`;
  const said = reason.startsWith(state) ? reason : `${state}: ${reason}`;
  return {
    subject: { kind: "command", id, name: `${type} in ${where}` },
    status: state,
    answer: `command ${id} (${type} in ${where}), which ${actor} asked for ${ago(at, now)}, is ${said}${came}`,
    findings: [outcomeFinding(command), ...nodeFindings(facts), ...sessionFindings(facts), ...scheduleFindings(facts)],
    next: nextSteps(facts),
  };
}

function outcomeFinding({ state, reason, error, created_at: at, finished_at: finished }: CommandView): Finding {
  const isBad = state === "failed" || state === "expired";
  const code = error === null ? "" : ` (${error.code})`;
  const level = isBad ? "problem" : state === "succeeded" ? "fine" : "note";
  return finding("command", level, `${state}${code}: ${reason}`, Date.parse(finished ?? at));
}

function nodeFindings({ command, node }: CommandFacts): Finding[] {
  if (node === undefined) return [finding("node", "note", "its node is not known any more")];
  if (isFinal(command.state) && command.state !== "expired") return [];
  const level = node.status === "online" ? "fine" : "problem";
  return [finding("node", level, `${node.name} is ${node.reason}`)];
}

function sessionFindings({ session }: CommandFacts): Finding[] {
  if (session === undefined) return [];
  const { id, status, reason } = session;
  return [
    finding("session", "fine", `session ${id} is ${reason.startsWith(status) ? reason : `${status}: ${reason}`}`),
  ];
}

function scheduleFindings({ schedule }: CommandFacts): Finding[] {
  return schedule === undefined ? [] : [finding("schedule", "note", `the schedule ${schedule} asked for it`)];
}

function nextSteps({ command: { id, state }, session, schedule, node }: CommandFacts): WhyView["next"] {
  const isOpen = !isFinal(state);
  return [
    ...(state === "queued"
      ? [{ command: `halctl commands cancel ${id}`, purpose: "take it back; it has not begun" }]
      : []),
    ...(isOpen && node !== undefined && node.status !== "online"
      ? [{ command: `halctl why ${node.name}`, purpose: "see why its node does not do it" }]
      : []),
    ...(session === undefined ? [] : [{ command: `halctl why ${session.id}`, purpose: "see how its session is" }]),
    ...(schedule === undefined
      ? []
      : [{ command: `halctl why ${schedule} --kind schedule`, purpose: "see its schedule" }]),
    { command: `halctl commands get ${id}`, purpose: "see all that is known of it" },
  ];
}
