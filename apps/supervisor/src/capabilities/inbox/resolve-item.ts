import { HalError } from "@hal/protocol";
import { onNode, theOne } from "../references/resolve-session.ts";
import type { Context } from "./context.ts";
import type { OwnInbox, OwnItem } from "./read-inbox.ts";

/**
 * The item that a person means: by the id of what it is about or a unique prefix, by its session, or by its project; each of them
 * also as `node/…`.
 */
export async function resolveItem(context: Context, { items }: OwnInbox, ref: string): Promise<OwnItem> {
  const { node, name } = await onNode(context, ref);
  const near = items.filter(({ item }) => node === undefined || item.nodeId === node.row.id);
  const meant = WAYS.map((way) => near.filter(({ item }) => way(item, name))).find((found) => found.length > 0) ?? [];
  if (meant.length === 0)
    throw new HalError("not_found", `nothing in the inbox is called ${ref}; see: halctl inbox --all`);
  const found = meant.map((one) => ({ one, nodeId: one.item.nodeId }));
  return (await theOne(context, ref, { found, nameOf: ({ one }) => one.item.id })).one;
}

type Way = (item: OwnItem["item"], name: string) => boolean;

/** The first that finds something counts. */
const WAYS: readonly Way[] = [
  ({ id }, name) => id === name,
  ({ id }, name) => id.startsWith(name),
  ({ rootSessionId }, name) => rootSessionId.startsWith(name),
  ({ project }, name) => project === name,
];
