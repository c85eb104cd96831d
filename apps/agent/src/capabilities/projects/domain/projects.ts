/** A directory by everything that names it: what it is on its disk, and where it is. */
export type DirectoryIds = readonly string[];

/**
 * The project that a directory lies in: `chain` names the directory first, then each one above it, so that of a project
 * within a project the deeper one has it.
 */
export function projectOf(
  projects: readonly { readonly name: string; readonly ids: DirectoryIds }[],
  chain: readonly DirectoryIds[],
): string | undefined {
  for (const ids of chain) {
    const found = projects.find((project) => project.ids.some((id) => ids.includes(id)));
    if (found !== undefined) return found.name;
  }
  return undefined;
}

/** Two projects that are one directory, however each of them is spelt. */
export function sameProjects<P extends { readonly ids: DirectoryIds }>(
  projects: readonly P[],
): readonly [P, P] | undefined {
  for (const [index, one] of projects.entries()) {
    const other = projects.slice(index + 1).find(({ ids }) => ids.some((id) => one.ids.includes(id)));
    if (other !== undefined) return [one, other];
  }
  return undefined;
}
