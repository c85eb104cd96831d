import { HalError } from "@hal/protocol";
import { currentSessionsOfProject, sessionsByPrefix, type SessionRow } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { type KnownNode, living, nodeNamer, nodeStatuses } from "../nodes/node-statuses.ts";
import { resolveNode } from "../nodes/resolve-node.ts";

/**
 * The session that a person means: by id, unique prefix, or project name (its current root), each of them also as `node/…`, which
 * is how two nodes are told apart that know the same one.
 */
export async function resolveSession(context: Context, ref: string): Promise<SessionRow> {
  const { node, name } = await onNode(context, ref);
  const byId = await sessionsByPrefix(context.store, name, node?.row.id);
  const exact = byId.filter((row) => row.id === name);
  if (byId.length > 0) return theOne(context, ref, { found: exact.length > 0 ? exact : byId, nameOf: ({ id }) => id });

  const current = await currentSessionsOfProject(context.store, name, node?.row.id);
  if (current.length === 0)
    throw new HalError(
      "not_found",
      `no session ${ref}, and no project of that name with a session that runs; see: halctl sessions list`,
    );
  return theOne(context, ref, { found: current, nameOf: ({ project }) => project });
}

/** What a reference names, and the node that it names it on, where it says one. */
export async function onNode(
  context: Context,
  ref: string,
): Promise<{ readonly node: KnownNode | undefined; readonly name: string }> {
  const slash = ref.lastIndexOf("/");
  if (slash === -1) return { node: undefined, name: ref };
  return { node: await resolveNode(context, ref.slice(0, slash)), name: ref.slice(slash + 1) };
}

/** What can be meant, and what each of it is called on its node. */
export interface Meant<T> {
  readonly found: readonly T[];
  readonly nameOf: (one: T) => string;
}

/** The one that is meant, on the node that lives; where that is not clear, the choices, each of which can be typed. */
export async function theOne<T extends { readonly nodeId: string }>(
  context: Context,
  ref: string,
  { found, nameOf }: Meant<T>,
): Promise<T> {
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const nodes = await nodeStatuses(context);
  const left = living(found, ({ nodeId }) => nodes.get(nodeId));
  const [only] = left;
  if (only !== undefined && left.length === 1) return only;
  const nameNode = nodeNamer(nodes);
  const isUnique = new Set(left.map(nameOf)).size === left.length;
  const choices = left.map((one) => (isUnique ? nameOf(one) : `${nameNode(one.nodeId)}/${nameOf(one)}`));
  throw new HalError("ambiguous", `${ref} is not clear; say which: ${choices.join(", ")}`, { details: { choices } });
}
