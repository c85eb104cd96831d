import { HalError } from "@hal/protocol";
import { nodeById } from "@hal/store/supervisor";
import type { Context } from "../context.ts";
import { type KnownNode, nodeStatuses, statusOf } from "./node-statuses.ts";

/** The node that a person means: by id, unique prefix of one, name or host name. */
export async function resolveNode(context: Context, ref: string): Promise<KnownNode> {
  const exact = await nodeById(context.store, ref);
  if (exact !== undefined) return { row: exact, status: statusOf(context, exact) };
  const nodes = await nodeStatuses(context);
  const all = [...nodes.values()];
  const named = all.filter(({ row }) => row.name === ref || row.hostname === ref);
  const found = named.length > 0 ? named : all.filter(({ row }) => row.id.startsWith(ref));
  const [only] = found;
  if (only === undefined) throw new HalError("not_found", `no node ${ref}; see: halctl nodes list`);
  if (found.length > 1)
    throw new HalError(
      "ambiguous",
      `${ref} means several nodes; use an id: ${found.map(({ row }) => row.id).join(", ")}`,
      {
        details: { choices: found.map(({ row }) => row.id) },
      },
    );
  return only;
}
