import type { SessionView } from "@hal/protocol";

/**
 * How a session that was found by what a person typed is named from then on: with its node where the person said one, because two
 * nodes may know the same session. An older supervisor knows no session by that, but none was found there so either.
 */
export function exactRef(ref: string, { id, node_id: nodeId }: Pick<SessionView, "id" | "node_id">): string {
  const slash = ref.lastIndexOf("/");
  return slash !== -1 && id.startsWith(ref.slice(slash + 1)) ? `${nodeId}/${id}` : id;
}
