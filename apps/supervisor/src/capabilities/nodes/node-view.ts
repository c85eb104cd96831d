import type { HoldView, NodeView, OpencodeReport, ProjectReport, ProjectView, ResourceReport } from "@hal/protocol";
import { holdText } from "@hal/words";
import type { KnownDifference } from "./domain/differences.ts";
import { projectState } from "./domain/project-state.ts";
import type { KnownNode } from "./node-statuses.ts";
import { time, timeOrNull } from "../../domain/time.ts";
import { problemOf, withProblem } from "../../operations/row-problem.ts";

/** Reports that the live link knows better than the database. */
interface LiveReport {
  readonly opencode: OpencodeReport;
  readonly resources: ResourceReport | undefined;
  readonly sessions: Readonly<Record<string, number>>;
  readonly outbox: { readonly depth: number };
  readonly clockAheadMs: readonly number[];
  readonly at: number;
}

interface KnownNow {
  readonly live: LiveReport | undefined;
  readonly differences: readonly KnownDifference[];
  readonly holds: readonly HoldView[];
  readonly tokenRole: NodeView["token_role"];
}

export function nodeView(
  { row, status, replacedBy }: KnownNode,
  { live, differences, holds, tokenRole }: KnownNow,
): NodeView {
  const heir =
    replacedBy === undefined ? "" : `; another node has taken its place: halctl nodes replace ${row.id} ${replacedBy}`;
  const held = holds.map((hold) => `; ${holdText(hold)}: ${hold.release}`).join("");
  return {
    id: row.id,
    hostname: row.hostname,
    name: row.name,
    status: status.status,
    reason: withProblem(row, `${status.reason}${held}${heir}`),
    ...problemOf(row),
    replaced_by: replacedBy ?? null,
    token_role: tokenRole,
    holds: [...holds],
    last_heartbeat: timeOrNull(live?.at ?? row.lastHeartbeatAt),
    connected_at: timeOrNull(row.connectedAt),
    version: row.version,
    os: row.os,
    arch: row.arch,
    projects: (row.projects as ProjectReport[]).map(projectView),
    opencode: live?.opencode ?? (row.opencode as OpencodeReport),
    resources: live?.resources ?? (row.resources as ResourceReport | null),
    sessions: { ...live?.sessions },
    outbox_depth: live?.outbox.depth ?? 0,
    differences: differences.map(({ sessionId, text, since }) => ({ session_id: sessionId, text, since: time(since) })),
    clock_ahead_ms: live === undefined || live.clockAheadMs.length === 0 ? null : Math.max(...live.clockAheadMs),
  };
}

function projectView(report: ProjectReport): ProjectView {
  const { since, ...project } = projectState(report);
  return since === undefined ? project : { ...project, since: time(since) };
}
