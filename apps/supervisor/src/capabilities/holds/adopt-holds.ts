import type { Hello, HoldBrief } from "@hal/protocol";
import { adoptHolds, holdById, holdIdOn, type HoldRow, nodeById, restoredAt } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { briefHolds } from "../nodes/brief-holds.ts";
import { nodeStatuses } from "../nodes/node-statuses.ts";

/**
 * Takes in what an agent holds and this database does not know: it was restored from an older copy, or forgot the node. What was
 * released here stays released. And what holds a node holds the one that has taken its place.
 */
export async function adoptFrom(context: Context, hello: Hello): Promise<void> {
  const { id: nodeId } = hello.node;
  const found = [
    ...(await Promise.all((hello.holds ?? []).map((brief) => unknownHold(context, nodeId, brief)))),
    ...(await inherited(context, hello)),
  ].filter((row) => row !== undefined);
  if (found.length === 0) return;
  const adopted = await adoptHolds(context.store, found);
  for (const { id, project, createdBy } of adopted) {
    const args = { hold: id, by: createdBy, ...(project === null ? {} : { project }) };
    const actor = { actor: `node:${nodeId}`, role: "agent", surface: "agent", ip: undefined } as const;
    context.audit.record({ ...actor, action: "holds.adopt" }, { target: nodeId, args });
    context.log.warn({ node: nodeId, ...args }, "this node is held, and the database did not know that; it stays held");
  }
  await context.held.refresh();
  if (adopted.some(({ nodeId: of }) => of === null)) briefHolds(context);
}

/** A hold that a node has, where this database has none of it. */
async function unknownHold(context: Context, nodeId: string, brief: HoldBrief): Promise<HoldRow | undefined> {
  const known = await holdById(context.store, brief.id);
  if (known !== undefined && (known.nodeId === null || known.nodeId === nodeId)) return undefined;
  // a node is believed of the fleet only where this database may have forgotten it
  const restored = restoredAt(context.store.sqlite.orm);
  const isOfFleet = brief.scope === "fleet" && known === undefined && restored !== undefined && brief.since <= restored;
  const isOwn = brief.scope === "node" && known === undefined;
  return {
    id: isOfFleet || isOwn ? brief.id : holdIdOn(brief.id, nodeId),
    nodeId: isOfFleet ? null : nodeId,
    project: brief.project ?? null,
    createdAt: brief.since,
    createdBy: brief.by,
    ...STANDS,
  };
}

/** What holds the nodes whose place this one has taken, as far as can be seen. */
async function inherited(context: Context, { node: { id: nodeId, hostname } }: Hello): Promise<HoldRow[]> {
  const held = new Set(context.held.standing.map((hold) => hold.nodeId).filter((id) => id !== null && id !== nodeId));
  const before = await Promise.all([...held].map((id) => nodeById(context.store, id as string)));
  // all nodes are looked at only where one may be meant: thousands may come at once
  if (!before.some((node) => node?.hostname === hostname)) return [];
  const nodes = await nodeStatuses(context);
  return context.held.standing
    .filter((hold) => hold.nodeId !== null && nodes.get(hold.nodeId)?.replacedBy === nodeId)
    .map(({ id, project, createdAt, createdBy }) => ({
      id: holdIdOn(id, nodeId),
      nodeId,
      project,
      createdAt,
      createdBy,
      ...STANDS,
    }));
}

const STANDS = { releasedAt: null, releasedBy: null, releaseId: null };
