import { placesTouched, type SupervisorStore } from "@hal/store/supervisor";
import { partsOf, rootOf } from "../subject-of.ts";

/**
 * To which of some subjects something happened: to a session, or one that it started, or to a node, and so to all that is on it.
 */
export async function touchedOf(
  store: SupervisorStore,
  subjects: ReadonlySet<string>,
  span: { readonly after: number; readonly upTo: number },
): Promise<Set<string>> {
  const { nodes, sessions, isFleet } = placesTouched(store, span);
  if (isFleet) return new Set(subjects);
  const touched = new Set([...subjects].filter((subject) => nodes.has(partsOf(subject).nodeId)));
  for (const { nodeId, sessionId } of sessions) {
    const subject = `session/${nodeId}/${await rootOf(store, nodeId, sessionId)}`;
    if (subjects.has(subject)) touched.add(subject);
  }
  return touched;
}
