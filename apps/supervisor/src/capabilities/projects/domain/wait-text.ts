import type { Waited } from "./project-graph.ts";

/** For what a project waits, in words. Pure. */
export function waitText(waited: readonly Waited[]): string {
  return waited
    .map(({ project, overtakenBy }) =>
      overtakenBy === undefined
        ? `it waits for ${project}, which is not completed`
        : `it waits for ${project}, which was completed before ${overtakenBy} was`,
    )
    .join("; ");
}
