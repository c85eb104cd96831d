import * as v from "valibot";
import { Count, Figure } from "../bounds.ts";
import { OpencodeReport, ResourceReport } from "../frames/node-reports.ts";
import { COMMANDS } from "../commands.ts";
import { CommandView } from "./commands.ts";
import { DeadlineMs, NodeRef, Problem, Time, WaitMs } from "./fields.ts";
import { HoldView } from "./holds.ts";
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
  critical: v.optional(
    v.pipe(
      v.boolean(),
      v.description("what runs in it goes on where a budget stops what runs; absent where it does not"),
    ),
  ),
});
export type ProjectView = v.InferOutput<typeof ProjectView>;

const Difference = v.object({
  session_id: v.string(),
  text: v.pipe(v.string(), v.description("what the event log says of the session, and what its agent told")),
  since: v.pipe(Time, v.description("when it was found")),
});

export const NodeView = v.object({
  id: v.string(),
  hostname: v.string(),
  name: v.string(),
  status: v.picklist(["online", "offline", "degraded"]),
  reason: v.pipe(v.string(), v.description("why the status is what it is, in one line")),
  replaced_by: v.pipe(
    v.nullable(v.string()),
    v.description("the id of the node that has taken its place, as far as can be seen: its agent lost its identity"),
  ),
  token_role: v.pipe(
    v.nullable(v.picklist(["agent", "admin"])),
    v.description("what the token of its agent may do: a shared one is admin, too; null where it is not known"),
  ),
  holds: v.optional(
    v.pipe(v.array(HoldView), v.description("what holds it, or a project of it: nothing begins there")),
  ),
  problem: Problem,
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
  differences: v.optional(
    v.pipe(
      v.array(Difference),
      v.description(
        "sessions of which the event log says something else than its agent told: what is shown may be false",
      ),
    ),
  ),
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

export const RefusedAgentView = v.object({
  last_at: Time,
  count: Count,
  address: v.nullable(v.string()),
  node_id: v.pipe(
    v.nullable(v.string()),
    v.description("as which it came; null where it did not come so far as to say"),
  ),
  code: v.pipe(Count, v.description("status of HTTP, or close code of the link")),
  reason: v.string(),
});
export type RefusedAgentView = v.InferOutput<typeof RefusedAgentView>;

export const nodesRefused = operation({
  name: "nodes.refused",
  summary: "Who meant to be an agent lately and was not let in, since the supervisor started, the latest first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/refused-agents",
  input: v.object({}),
  output: v.array(RefusedAgentView),
});

export const nodesGet = operation({
  name: "nodes.get",
  summary: "One node",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/nodes/{id}",
  words: ["id"],
  input: v.object({ id: NodeRef }),
  output: NodeView,
});

const Gone = {
  sessions: v.pipe(Figure, v.description("how many sessions went with it, or moved")),
  commands: v.pipe(Figure, v.description("how many commands ended without an answer of their node")),
};

export const nodesRemove = operation({
  name: "nodes.remove",
  summary:
    "Forget a node and its sessions, and end its commands; an agent that comes with its identity later is a new node",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/nodes/{id}/remove",
  words: ["id"],
  input: v.object({
    id: NodeRef,
    online: v.optional(v.pipe(v.boolean(), v.description("also where it is connected; its link is closed")), false),
  }),
  output: v.object({ id: v.string(), name: v.string(), ...Gone }),
  audited: { target: "id", plain: ["online"] },
});

export const nodesReplace = operation({
  name: "nodes.replace",
  summary: "Let a node take the place of one that lost its identity: sessions move, what was sent to the old one ends",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/nodes/{id}/replace",
  words: ["id", "by"],
  input: v.object({
    id: NodeRef,
    by: v.pipe(NodeRef, v.description("the node that has taken its place")),
    unlike: v.optional(
      v.pipe(v.boolean(), v.description("also where host and projects do not say that it has taken its place")),
      false,
    ),
  }),
  output: v.object({ node: NodeView, ...Gone }),
  audited: { target: "id", plain: ["by", "unlike"] },
});

export const nodesCheck = operation({
  name: "nodes.check",
  summary: "Ask a node what its opencode says right now, beside what the agent told",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/nodes/{id}/check",
  words: ["id"],
  input: v.object({ id: NodeRef, wait_ms: WaitMs, deadline_ms: DeadlineMs }),
  output: v.object({
    command: CommandView,
    status: v.pipe(v.nullable(COMMANDS["node.status"].output), v.description("null until the node has answered")),
  }),
  audited: { target: "id", plain: ["wait_ms", "deadline_ms"] },
});
