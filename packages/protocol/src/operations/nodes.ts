import * as v from "valibot";
import { Figure } from "../bounds.ts";
import { OpencodeReport, ResourceReport } from "../frames/shared.ts";
import { COMMANDS } from "../commands.ts";
import { CommandView } from "./commands.ts";
import { DeadlineMs, NodeRef, Time, WaitMs } from "./fields.ts";
import { operation } from "./operation.ts";

const ProjectView = v.object({
  name: v.string(),
  directory: v.string(),
  state: v.pipe(
    v.picklist(["ready", "missing", "inaccessible", "failing"]),
    v.description("`failing`: its directory is fine, and opencode fails at it; what its sessions do is not known"),
  ),
  reason: v.optional(v.string()),
  since: v.optional(Time),
});
export type ProjectView = v.InferOutput<typeof ProjectView>;

export const NodeView = v.object({
  id: v.string(),
  hostname: v.string(),
  name: v.string(),
  status: v.picklist(["online", "offline", "degraded"]),
  reason: v.pipe(v.string(), v.description("why the status is what it is, in one line")),
  last_heartbeat: v.nullable(Time),
  connected_at: v.nullable(Time),
  version: v.string(),
  os: v.string(),
  arch: v.string(),
  projects: v.array(ProjectView),
  opencode: OpencodeReport,
  resources: v.nullable(ResourceReport),
  sessions: v.record(v.string(), Figure),
  outbox_depth: Figure,
  clock_ahead_ms: v.pipe(
    v.nullable(Figure),
    v.description("how far its clock is ahead of the supervisor's, by its last heartbeats; null while none is known"),
  ),
});
export type NodeView = v.InferOutput<typeof NodeView>;

export const nodesList = operation({
  name: "nodes.list",
  summary: "All nodes that ever connected, with status and reason",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/nodes",
  input: v.object({}),
  output: v.array(NodeView),
});

export const nodesGet = operation({
  name: "nodes.get",
  summary: "One node",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/nodes/{id}",
  input: v.object({ id: NodeRef }),
  output: NodeView,
});

export const nodesCheck = operation({
  name: "nodes.check",
  summary: "Ask a node what its opencode says right now, beside what the agent told",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/nodes/{id}/check",
  input: v.object({ id: NodeRef, wait_ms: WaitMs, deadline_ms: DeadlineMs }),
  output: v.object({
    command: CommandView,
    status: v.pipe(v.nullable(COMMANDS["node.status"].output), v.description("null until the node has answered")),
  }),
  audited: { target: "id", plain: ["wait_ms", "deadline_ms"] },
});
