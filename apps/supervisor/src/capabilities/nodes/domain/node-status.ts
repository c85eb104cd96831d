import type { OpencodeReport, ProjectReport } from "@hal/protocol";
import { duration } from "@hal/words";
import { projectState } from "./project-state.ts";

/** What is known of a node's link. Times are milliseconds since 1970. */
export interface NodeFacts {
  readonly connected: boolean;
  readonly connectedAt: number | null;
  readonly lastHeartbeatAt: number | null;
  readonly disconnectedAt: number | null;
  readonly disconnectReason: string | null;
  readonly opencode: OpencodeReport;
  readonly projects: readonly ProjectReport[];
}

export interface Liveness {
  readonly now: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** when the supervisor began to listen: a silence before that is its own */
  readonly listeningSince: number;
}

export interface NodeStatus {
  readonly status: "online" | "offline" | "degraded";
  readonly reason: string;
  /** where no opencode of it is up: which state it is in, for how long, and why */
  readonly withoutOpencode?: string | undefined;
}

/** Reasons that mean the node went in order and is offline at once. */
export const STOPPED = "the agent was stopped";

/** A node's status with its reason. Pure. */
export function nodeStatus(facts: NodeFacts, liveness: Liveness): NodeStatus {
  const { state, reason, since } = facts.opencode;
  const status = linkStatus(facts, liveness);
  if (state === "up") return status;
  const why = reason === undefined ? "" : `: ${reason}`;
  return { ...status, withoutOpencode: `${state} for ${duration(liveness.now - since)}${why}` };
}

function linkStatus(facts: NodeFacts, liveness: Liveness): NodeStatus {
  if (facts.connected) return connectedStatus(facts);
  if (facts.disconnectReason?.startsWith(STOPPED) === true)
    return { status: "offline", reason: `offline: ${facts.disconnectReason} ${ago(facts.disconnectedAt, liveness)}` };
  const silentMs = silence(facts, liveness);
  if (silentMs > liveness.timeoutMs) return { status: "offline", reason: offlineReason(facts, liveness) };
  return {
    status: "degraded",
    reason: `degraded: ${facts.disconnectReason ?? "not connected"}; offline in ${duration(liveness.timeoutMs - silentMs)} unless it comes back`,
  };
}

/** How long nothing was heard of a node that is not connected. */
export function silence(facts: NodeFacts, liveness: Liveness): number {
  return liveness.now - Math.max(facts.lastHeartbeatAt ?? 0, liveness.listeningSince);
}

/** Why a silent node counts as offline. */
export function offlineReason(facts: NodeFacts, liveness: Liveness): string {
  const sinceMs = liveness.now - (facts.lastHeartbeatAt ?? liveness.listeningSince);
  const missed = Math.floor(sinceMs / liveness.intervalMs);
  return `offline: no heartbeat for ${duration(sinceMs)} (${missed} missed)${facts.disconnectReason === null ? "" : `, ${facts.disconnectReason}`}`;
}

function connectedStatus(facts: NodeFacts): NodeStatus {
  const { opencode, projects } = facts;
  if (opencode.state !== "up") {
    const state = opencode.state === "missing" ? "opencode is missing" : `opencode is ${opencode.state}`;
    return {
      status: "degraded",
      reason: `degraded: ${state}${opencode.reason === undefined ? "" : `: ${opencode.reason}`}`,
    };
  }
  if (opencode.tested === false)
    return {
      status: "degraded",
      reason: `degraded: opencode ${opencode.version ?? "?"} is outside of the versions this agent was tested with`,
    };
  const unusable = projects.map(projectState).filter((project) => project.state !== "ready");
  if (unusable.length > 0)
    return {
      status: "online",
      reason: `online; ${unusable.map((project) => `project ${project.name} is ${project.state}`).join(", ")}`,
    };
  return { status: "online", reason: `online; opencode ${opencode.version ?? ""} is up`.replace("  ", " ") };
}

function ago(at: number | null, { now }: Liveness): string {
  return at === null ? "" : `${duration(now - at)} ago`;
}
