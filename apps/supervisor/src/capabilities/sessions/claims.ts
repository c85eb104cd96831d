import { isActive, type ProjectReport, type SessionView } from "@hal/protocol";
import { activeIn, nodeById, type Place, type SessionRow } from "@hal/store/supervisor";
import { type KnownNode, nodeStatuses } from "../nodes/node-statuses.ts";
import type { Context } from "./context.ts";
import { type Claim, claimOf, placesBeside, sharedText } from "./domain/claims.ts";

/** Where else the branch is checked out that a project is of, and which that is; undefined of a project that is of none. */
export async function claimsBeside(
  context: Context,
  { nodeId, project }: Place,
): Promise<{ readonly claim: Claim; readonly places: readonly Place[] } | undefined> {
  const node = await nodeById(context.store, nodeId);
  const claim = claimOf((node?.projects ?? []) as ProjectReport[], project);
  if (claim === undefined) return undefined;
  return { claim, places: placesBeside(claiming(await nodeStatuses(context)), nodeId, claim) };
}

/** For each of these sessions that is active, by `<node>/<id>`: those on other nodes that are active on the same branch. `own` has their nodes. */
export async function sharedBy(
  context: Context,
  rows: readonly SessionRow[],
  own: ReadonlyMap<string, Pick<KnownNode, "row">>,
): Promise<ReadonlyMap<string, SessionView["shared"]>> {
  const claimed = rows
    .filter(({ status, parentId, worktree }) => parentId === null && worktree === null && isActive(status))
    .flatMap(({ nodeId, id, project }) => {
      const claim = claimOf((own.get(nodeId)?.row.projects ?? []) as ProjectReport[], project);
      return claim === undefined ? [] : [{ nodeId, id, claim }];
    });
  const shared = new Map<string, SessionView["shared"]>();
  // where no project says of which branch it is, nothing is asked of the others
  if (claimed.length === 0) return shared;
  const nodes = await nodeStatuses(context);
  const all = claiming(nodes);
  for (const { nodeId, id, claim } of claimed) {
    const found = placesBeside(all, nodeId, claim).flatMap((place) => {
      const other = activeIn(context.store, place.nodeId, place.project);
      if (other === undefined || other.by === "begins") return [];
      const node = nodes.get(place.nodeId)?.row.name ?? place.nodeId;
      return [{ node_id: place.nodeId, node, session_id: other.sessionId, ...claim }];
    });
    if (found.length > 0) shared.set(`${nodeId}/${id}`, found);
  }
  return shared;
}

/** The same of one session, in words. */
export async function sharedTextOf(context: Context, row: SessionRow, node: Pick<KnownNode, "row">): Promise<string> {
  const shared = await sharedBy(context, [row], new Map([[row.nodeId, node]]));
  return sharedText(shared.get(`${row.nodeId}/${row.id}`) ?? []);
}

/** Those that nobody has taken the place of. */
function claiming(nodes: ReadonlyMap<string, KnownNode>) {
  return [...nodes.values()]
    .filter(({ replacedBy }) => replacedBy === undefined)
    .map(({ row }) => ({ nodeId: row.id, projects: row.projects as ProjectReport[] }));
}
