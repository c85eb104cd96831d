import { holdsProject } from "@hal/protocol";

/** Where a hold stands: on one node or in the whole fleet, for one project or for all. */
export interface Standing {
  readonly nodeId: string | null;
  readonly project: string | null;
}

/** Where work would begin; `project` is undefined where it is in none. */
export interface Workplace {
  readonly nodeId: string;
  readonly project: string | undefined;
}

/** The holds that keep work from beginning at a place. Pure. */
export function holdsOn<H extends Standing>(holds: readonly H[], { nodeId, project }: Workplace): H[] {
  return holds.filter((hold) => (hold.nodeId === null || hold.nodeId === nodeId) && holdsProject(hold, project));
}

/** What a release names: all, or one node, one project, or one project on one node. */
export interface ReleaseScope {
  /** the ids of the node that is meant and of those whose place it took; undefined where no node is named */
  readonly nodeIds: readonly string[] | undefined;
  readonly project: string | undefined;
}

/** Whether a release releases a hold: one that stands for nothing beyond what is named. Pure. */
export function isReleased({ nodeId, project }: Standing, scope: ReleaseScope): boolean {
  const isOfNode = scope.nodeIds === undefined || (nodeId !== null && scope.nodeIds.includes(nodeId));
  return isOfNode && (scope.project === undefined || project === scope.project);
}

/** Whether a hold keeps back something of what a release names, all the same. Pure. */
export function stillHolds({ nodeId, project }: Standing, scope: ReleaseScope): boolean {
  const isThere = scope.nodeIds === undefined || nodeId === null || scope.nodeIds.includes(nodeId);
  return isThere && (scope.project === undefined || project === null || project === scope.project);
}
