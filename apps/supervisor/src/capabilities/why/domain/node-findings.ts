import type { Finding } from "@hal/protocol";
import { bytes, duration } from "@hal/words";
import { projectState } from "../../nodes/domain/project-state.ts";
import type { NodeSubject, WhyFacts } from "./facts.ts";
import { finding } from "./finding.ts";
import { tokenFindings } from "./token-finding.ts";

const GIBIBYTE = 1024 ** 3;

/** So little room on a disk, or so much memory in use, stops opencode sooner or later. */
const DISK_FREE_BYTES = GIBIBYTE;
const MEMORY_USED = 0.95;

/** What the node, its agent, its opencode and its machine have to do with it. */
export function nodeFindings(facts: WhyFacts): Finding[] {
  const { node } = facts;
  return [
    linkFinding(facts),
    ...agentFindings(facts),
    ...tokenFindings(node),
    opencodeFinding(facts),
    ...projectFindings(facts),
    ...machineFindings(node),
    ...followerFindings(facts),
  ];
}

function linkFinding({ node, now }: WhyFacts): Finding {
  const { name, status, connected, connectedAt, lastHeartbeatAt, heartbeatIntervalMs } = node;
  if (!connected) return finding("node", "problem", `${name} is ${status.reason}`, lastHeartbeatAt ?? connectedAt);
  const silentMs = now - (lastHeartbeatAt ?? connectedAt ?? now);
  const missed = Math.floor(silentMs / heartbeatIntervalMs) - 1;
  const since = connectedAt === null ? "connected" : `connected for ${duration(now - connectedAt)}`;
  return missed > 0
    ? finding("node", "note", `${name} is ${since}, but ${missed} heartbeat(s) are missing: ${ago(silentMs)}`)
    : finding("node", "fine", `${name} is ${since}; last heartbeat ${ago(silentMs)}`, connectedAt);
}

function agentFindings({ node, supervisorVersion }: WhyFacts): Finding[] {
  const findings: Finding[] = [];
  if (node.agentVersion !== supervisorVersion)
    findings.push(
      finding("agent", "note", `its agent is version ${node.agentVersion}, this supervisor ${supervisorVersion}`),
    );
  if (!node.connected)
    findings.push(finding("agent", "note", "what happens there meanwhile is kept there, and comes when it is back"));
  else if (node.outboxDepth > 0)
    findings.push(finding("agent", "note", `${node.outboxDepth} events of it are on their way and not in the log yet`));
  return findings;
}

function opencodeFinding({ node, now }: WhyFacts): Finding {
  const { state, version, reason, tested, since } = node.opencode;
  const forHow = `for ${duration(now - since)}`;
  if (!node.connected) return finding("opencode", "note", `opencode was ${state} when it was last heard of`);
  if (state === "up")
    return tested === false
      ? finding("opencode", "note", reason ?? `opencode ${version ?? "?"} was not tested with this agent`, since)
      : finding("opencode", "fine", `opencode ${version ?? ""} is up ${forHow}`.replace("  ", " "), since);
  const why = reason === undefined ? "" : `: ${reason}`;
  const level = state === "starting" ? "note" : "problem";
  return finding("opencode", level, `opencode is ${state} ${forHow}${why}`, since);
}

function projectFindings({ node, session, idleProject, now }: WhyFacts): Finding[] {
  const asked = session?.project ?? idleProject;
  const findings: Finding[] = [];
  for (const { name, state, directory, reason, since } of node.projects.map(projectState))
    if (state !== "ready" && (asked === undefined || name === asked)) {
      const forHow = since === undefined ? "" : ` for ${duration(now - since)}`;
      const why = reason ? `: ${reason}` : "";
      findings.push(finding("project", "problem", `project ${name} (${directory}) is ${state}${forHow}${why}`, since));
    }
  if (asked !== undefined && node.connected && !node.projects.some(({ name }) => name === asked))
    findings.push(finding("project", "problem", `${node.name} has no project ${asked} any more`));
  if (idleProject !== undefined) findings.push(finding("project", "note", `no session runs in ${idleProject}`));
  return findings;
}

/** What the supervisor does for events as they come stands still for all nodes. */
function followerFindings({ stuck = [], now }: WhyFacts): Finding[] {
  return stuck.map(({ name, eventId, reason, attempts, since, nextTryAt }) => {
    const where = eventId === undefined ? "cannot read the event log" : `is stuck at event ${eventId}`;
    const next = `it is tried again in ${duration(Math.max(0, nextTryAt - now))}`;
    const text = `the supervisor's ${name} ${where}: ${reason} (${attempts} times in vain; ${next})`;
    return finding("event", "problem", text, since);
  });
}

function machineFindings({ resources, connected, hostname }: NodeSubject): Finding[] {
  if (resources === undefined || !connected) return [];
  const { diskFreeBytes, memoryUsedBytes, memoryTotalBytes } = resources;
  const findings: Finding[] = [];
  if (diskFreeBytes !== undefined && diskFreeBytes < DISK_FREE_BYTES)
    findings.push(finding("node", "problem", `the disk of ${hostname} has ${bytes(diskFreeBytes)} left`));
  if (memoryTotalBytes > 0 && memoryUsedBytes / memoryTotalBytes > MEMORY_USED)
    findings.push(finding("node", "note", `the memory of ${hostname} is nearly used up`));
  return findings;
}

function ago(ms: number): string {
  return `${duration(ms)} ago`;
}
