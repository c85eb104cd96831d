import type { SessionInfo } from "./messages/sync-row.ts";

/** Where a session belongs, as the agent finds out. */
export interface Placement {
  projectOf(directory: string): string | undefined;
  isExternal(info: SessionInfo): boolean;
}

/** What is kept of where a session belongs. */
export function placeOf(placement: Placement, info: SessionInfo) {
  return {
    project: placement.projectOf(info.directory),
    directory: info.directory,
    parentId: info.parentID,
    createdAt: info.time.created,
    archivedAt: archivedAt(info),
  };
}

/** opencode takes 0 for what is not archived any more. */
function archivedAt({ time: { archived } }: SessionInfo): number | undefined {
  return archived == null || archived === 0 ? undefined : Math.round(archived);
}
