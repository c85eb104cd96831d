import { HalError } from "@hal/protocol";
import { meantText } from "@hal/protocol/text";
import type { Context } from "./context.ts";
import { type KnownNode, knownNodeById, living, nodeStatuses } from "./node-statuses.ts";

/** The node that a person means: by id, name or host name, or unique prefix of an id. */
export async function resolveNode(context: Context, ref: string): Promise<KnownNode> {
  const exact = await knownNodeById(context, ref);
  if (exact !== undefined) return exact;
  const all = [...(await nodeStatuses(context)).values()];
  const named = all.filter(({ row }) => row.name === ref || row.hostname === ref);
  const found = living(named.length > 0 ? named : all.filter(({ row }) => row.id.startsWith(ref)), (node) => node);
  const [only] = found;
  if (only === undefined) {
    const names = all.flatMap(({ row }) => [row.name, row.hostname]);
    throw new HalError("not_found", `no node ${ref}${meantText(ref, names) || "; see: halctl nodes list"}`);
  }
  if (found.length > 1) {
    const choices = found.map(({ row }) => row.id);
    throw new HalError("ambiguous", `${ref} means several nodes; use an id: ${choices.join(", ")}`, {
      details: { choices },
    });
  }
  return only;
}
