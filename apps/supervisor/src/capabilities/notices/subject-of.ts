import { type EventRow, sessionById, type SupervisorStore } from "@hal/store/supervisor";

/** So many sessions lie between a child and its root at most. */
const DEEPEST = 32;

/** Of what an event tells: of its root session, of its node, or of itself. */
export async function subjectOf(
  store: SupervisorStore,
  { id, type, nodeId, sessionId }: Pick<EventRow, "id" | "type" | "nodeId" | "sessionId">,
): Promise<string> {
  if (nodeId === null || /^(task|project|schedule|tool)\.|^session\.compacted$/.test(type)) return `event/${id}`;
  if (sessionId !== null) return `session/${nodeId}/${await rootOf(store, nodeId, sessionId)}`;
  return /^(node|opencode)\./.test(type) ? `node/${nodeId}` : `event/${id}`;
}

/** What a subject names, as far as it does. */
export function partsOf(subject: string): { readonly kind: string; readonly nodeId: string; readonly id: string } {
  const [kind = "", nodeId = "", ...rest] = subject.split("/");
  return { kind, nodeId, id: rest.join("/") };
}

/** The session that began what a session belongs to; that session itself where nothing else is known. */
export async function rootOf(store: SupervisorStore, nodeId: string, sessionId: string): Promise<string> {
  let root = sessionId;
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    const row = await sessionById(store, nodeId, root);
    if (row?.parentId == null) break;
    root = row.parentId;
  }
  return root;
}
