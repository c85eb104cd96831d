import { readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { branchIn, type Claim, remoteOf, remoteUrlIn } from "./domain/claim.ts";

/** More of a file is not looked at. */
const MOST_BYTES = 256 * 1024;

/** The branch and the remote repository that a directory is of; undefined where it is of none, or that cannot be read. Never throws. */
export function readClaim(directory: string): Claim | undefined {
  try {
    const found = gitFolderOf(directory);
    if (found === undefined) return undefined;
    const branch = branchIn(read(join(found, "HEAD")) ?? "");
    if (branch === undefined) return undefined;
    // a worktree has its own HEAD, and the configuration of the repository that it is of
    const common = read(join(found, "commondir"))?.trim();
    const folder = common === undefined ? found : isAbsolute(common) ? common : join(found, common);
    const remote = remoteOf(remoteUrlIn(read(join(folder, "config")) ?? "", branch) ?? "");
    return remote === undefined ? undefined : { remote, branch };
  } catch {
    return undefined; // nobody lets this agent see it
  }
}

/** Where git keeps what it knows of the repository that a directory lies in. */
function gitFolderOf(directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const git = join(at, ".git");
    const kind = statSync(git, { throwIfNoEntry: false });
    if (kind?.isDirectory() === true) return git;
    if (kind?.isFile() === true) {
      const [, folder] = /^gitdir: (.+?)\s*$/m.exec(read(git) ?? "") ?? [];
      if (folder === undefined) return undefined;
      return isAbsolute(folder) ? folder : join(at, folder);
    }
    if (at === dirname(at)) return undefined;
  }
}

function read(file: string): string | undefined {
  const kind = statSync(file, { throwIfNoEntry: false });
  return kind === undefined || !kind.isFile() || kind.size > MOST_BYTES ? undefined : readFileSync(file, "utf8");
}
