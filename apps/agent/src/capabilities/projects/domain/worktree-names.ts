/** Of a project's name so much is in the name of its folder. */
const NAMED_CHARS = 40;

/** A whole command's id says when it was made first, and what tells it from all others last. */
const ID_CHARS = 12;

/** The name of the folder that has the worktrees of a project: readable, and another one for each project. */
export function folderOf(project: string): string {
  const readable = project.replaceAll(/[^A-Za-z0-9_-]+/g, "-").slice(0, NAMED_CHARS);
  return `${readable}-${hashOf(project)}`;
}

/** What the worktree of a start is called, in its folder and as a branch. */
export function worktreeNameOf(commandId: string): string {
  return commandId.replaceAll(/[^A-Za-z0-9]+/g, "").slice(-ID_CHARS);
}

/** The branch that is made with a worktree. */
export function branchOf(worktreeName: string): string {
  return `hal/${worktreeName}`;
}

/** Two halves of FNV-1a: it tells names of projects apart, and nothing depends on it being hard to find another one. */
function hashOf(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return [0x811c9dc5, 0x1b873593]
    .map((seed) => {
      let hash = seed;
      for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
      return hash.toString(16).padStart(8, "0");
    })
    .join("");
}
