import type { NodeView, OperationOutput } from "@hal/protocol";
import { ago, bytes, holdText } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paintStatus } from "../../output/paint.ts";
import { reasonIn, reasonsBelow, toldBelow } from "../../output/reasons.ts";
import { shortIds } from "../../output/short-ids.ts";
import { card, table } from "../../output/table.ts";

export function nodeTable(nodes: readonly NodeView[], look: Look): string {
  const ids = look.wide ? nodes.map(({ id }) => id) : shortIds(nodes.map(({ id }) => id));
  const header = ["ID", "HOSTNAME", "STATUS", "LAST_HEARTBEAT", "CONNECTED_AT"];
  const rows = nodes.map((node, index) => [
    ids[index] ?? node.id,
    node.name === node.hostname ? node.hostname : `${node.name} (${node.hostname})`,
    paintStatus(node.status),
    ago(node.last_heartbeat, look.now),
    ago(node.connected_at, look.now),
  ]);
  if (!look.wide) {
    const reasoned = [...header, "REASON"];
    const elsewhere = new Set(toldBelow(nodes, look));
    const told = rows.map((row, index) => [...row, reasonIn(nodes[index], elsewhere)]);
    const below = nodes.map(({ name, status, reason }) => ({ id: name, status, reason }));
    return table(reasoned, told, look.columns) + reasonsBelow(below, look);
  }
  return table(
    [...header, "OPENCODE", "CPU", "MEMORY", "PROJECTS", "REASON"],
    nodes.map((node, index) => [
      ...(rows[index] ?? []),
      `${node.opencode.version ?? "-"} ${node.opencode.state}`,
      node.resources === null ? "-" : `${Math.round(node.resources.cpuPercent)} %`,
      node.resources === null
        ? "-"
        : `${bytes(node.resources.memoryUsedBytes)} of ${bytes(node.resources.memoryTotalBytes)}`,
      node.projects.map(({ name, state }) => (state === "ready" ? name : `${name} (${state})`)).join(", "),
      node.reason,
    ]),
  );
}

export function nodeCard(node: NodeView, { now }: Pick<Look, "now">): string {
  return card([
    ["id", node.id],
    ["name", node.name],
    ["host", `${node.hostname} (${node.os}/${node.arch})`],
    ["status", paintStatus(node.status)],
    ["reason", node.reason],
    ...(node.holds ?? []).map((hold) => ["held", `${holdText(hold)}; ${hold.release}`] as const),
    ["agent", node.version],
    ["opencode", [node.opencode.state, node.opencode.version, node.opencode.reason].filter(Boolean).join(", ")],
    ["heartbeat", ago(node.last_heartbeat, now)],
    ["connected", ago(node.connected_at, now)],
    ...(node.resources === null
      ? []
      : ([
          ["cpu", `${Math.round(node.resources.cpuPercent)} %`],
          ["memory", `${bytes(node.resources.memoryUsedBytes)} of ${bytes(node.resources.memoryTotalBytes)}`],
          ["disk free", node.resources.diskFreeBytes === undefined ? "-" : bytes(node.resources.diskFreeBytes)],
        ] as const)),
    ["unsent", `${node.outbox_depth} events`],
    ...node.projects.map(
      ({ name, directory, state, reason }) =>
        ["project", `${name}  ${directory}  ${state}${reason === undefined ? "" : ` (${reason})`}`] as const,
    ),
  ]);
}

interface Gone {
  readonly sessions: number;
  readonly commands: number;
}

/** What went with a node. */
export function removedPage({ name, ...gone }: OperationOutput<"nodes.remove">): string {
  return `node ${name} removed: ${goneText(gone)}\n`;
}

/** Which node took the place of another, and what moved. */
export function replacedPage({ node, ...gone }: OperationOutput<"nodes.replace">): string {
  return `node ${node.name} (${node.id}) took its place: ${goneText(gone)}\n`;
}

function goneText({ sessions, commands }: Gone): string {
  return `${sessions} sessions, ${commands} commands ended without an answer`;
}
