import type { OperationOutput } from "@hal/protocol";

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
