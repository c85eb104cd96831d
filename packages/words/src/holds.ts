import type { HoldView } from "@hal/protocol";

/** Who holds what, as a clause. */
export function holdText({ by, node, project }: Pick<HoldView, "by" | "node" | "project">): string {
  const where = node === null ? "the fleet" : `node ${node}`;
  if (project === null) return `${by} holds ${where}`;
  return node === null ? `${by} holds project ${project}` : `${by} holds project ${project} on ${where}`;
}
