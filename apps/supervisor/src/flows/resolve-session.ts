import { HalError } from "@hal/protocol";
import { currentSessionsOfProject, sessionsByPrefix, type SessionRow } from "@hal/store/supervisor";
import type { Context } from "../context.ts";
import { nodeStatuses } from "./node-statuses.ts";
import { resolveNode } from "./resolve-node.ts";

/** The session that a person means: by id, unique prefix, project name (its current root), or `node/project`. */
export async function resolveSession(context: Context, ref: string): Promise<SessionRow> {
  const byId = await sessionsByPrefix(context.store, ref);
  const exact = byId.filter((row) => row.id === ref);
  const found = exact.length > 0 ? exact : byId;
  if (found.length > 0) return single(ref, found, (row) => row.id);

  const slash = ref.lastIndexOf("/");
  const nodeId = slash === -1 ? undefined : (await resolveNode(context, ref.slice(0, slash))).row.id;
  const project = slash === -1 ? ref : ref.slice(slash + 1);
  const current = await currentSessionsOfProject(context.store, project, nodeId);
  if (current.length === 0)
    throw new HalError(
      "not_found",
      `no session ${ref}, and no project of that name with a session that runs; see: halctl sessions list`,
    );
  const nodes = await nodeStatuses(context);
  return single(ref, current, (row) => `${nodes.get(row.nodeId)?.row.name ?? row.nodeId}/${row.project}`);
}

function single(ref: string, found: readonly SessionRow[], name: (row: SessionRow) => string): SessionRow {
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const choices = found.map(name);
  throw new HalError("ambiguous", `${ref} means several sessions; say which: ${choices.join(", ")}`, {
    details: { choices },
  });
}
