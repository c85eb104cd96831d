import type { SourceSession } from "../../../domain/source-fact.ts";

/** Where a session belongs, as the agent finds out. */
export interface Placement {
  projectOf(directory: string): string | undefined;
  /** the git worktree that a directory is or lies in, where one was made for a session */
  worktreeOf?(directory: string): string | undefined;
  isExternal(session: SourceSession): boolean;
}

/** What is kept of where a session belongs. */
export function placeOf(
  placement: Placement,
  {
    directory,
    parentId,
    createdAt,
    archivedAt,
  }: Pick<SourceSession, "directory" | "parentId" | "createdAt" | "archivedAt">,
) {
  const worktree = placement.worktreeOf?.(directory);
  return { project: placement.projectOf(directory), directory, worktree, parentId, createdAt, archivedAt };
}

/** What is kept of where a session came from, as its back end said first. */
export function originOf(placement: Placement, session: SourceSession) {
  return { external: placement.isExternal(session), continues: session.continues };
}
