import { existsSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { HalError } from "@hal/protocol";
import { branchOf, folderOf, worktreeNameOf } from "./domain/worktree-names.ts";
import { Git } from "./git.ts";

interface NamedDirectory {
  readonly name: string;
  readonly directory: string;
}

/** A git worktree that was made for a session. */
export interface Worktree {
  readonly name: string;
  readonly project: string;
  /** where it begins */
  readonly path: string;
}

/** What became of one that was to be removed. */
export type Removal = { readonly state: "removed" } | { readonly state: "kept"; readonly reason: string };

/**
 * The git worktrees in which sessions work that need a directory of their own. What holds here:
 *
 * - W1 Where one lies says all of it: in a folder of its project, under the name of the command that it was made for. So nothing has
 *   to be remembered, and an agent that lost its memory knows them, too.
 * - W2 One is removed only where git finds nothing in it that is not committed, and only where its commits are on a branch.
 * - W3 A branch that was made with one goes with it only where its commits are all on another branch.
 */
export class Worktrees {
  readonly #root: string;
  readonly #projects: readonly NamedDirectory[];
  readonly #folders: ReadonlyMap<string, string>;
  readonly #git: Git;

  constructor(dataDir: string, projects: readonly NamedDirectory[], env: Readonly<Record<string, string | undefined>>) {
    this.#git = new Git(env);
    this.#root = join(existsSync(dataDir) ? realpathSync.native(dataDir) : dataDir, "worktrees");
    this.#projects = projects;
    this.#folders = new Map(projects.map(({ name }) => [folderOf(name), name]));
  }

  /** The worktree that a directory is or lies in. W1 */
  of(directory: string): Worktree | undefined {
    const [folder = "", name = ""] = relative(this.#root, directory).split(sep);
    const project = this.#folders.get(folder);
    return project === undefined || name === "" ? undefined : { name, project, path: join(this.#root, folder, name) };
  }

  /** All that are there. */
  all(): Worktree[] {
    return [...this.#folders].flatMap(([folder, project]) =>
      entriesOf(join(this.#root, folder)).map((name) => ({ name, project, path: join(this.#root, folder, name) })),
    );
  }

  /** Where the session of a start works, whether or not its worktree is there. */
  async directoryFor(project: NamedDirectory, commandId: string): Promise<string> {
    const prefix = await this.#git.run(project.directory, "rev-parse", "--show-prefix");
    const name = worktreeNameOf(commandId);
    // the project may be a directory within its repository
    return join(this.#root, folderOf(project.name), name, prefix.ok ? prefix.out.trim().replace(/\/$/, "") : "");
  }

  /** Makes one for the session of a start, with a branch at the commit that the project has; throws where that cannot be. */
  async make(project: NamedDirectory, commandId: string): Promise<string> {
    await this.#refuseOther(project);
    const directory = await this.directoryFor(project, commandId);
    const { path, name } = this.of(directory) as Worktree;
    mkdirSync(join(this.#root, folderOf(project.name)), { recursive: true, mode: 0o700 });
    await this.#git.must(project.directory, "worktree", "add", "--quiet", "-b", branchOf(name), path, "HEAD");
    if (!existsSync(directory))
      throw new HalError(
        "project_unavailable",
        `${project.directory} is in no commit of its repository, so a worktree does not have it; commit something there first`,
      );
    return directory;
  }

  /** Takes one away, unless something in it would be lost. `isUnused`: no session has ever worked in it. */
  async remove({ name, project, path }: Worktree, isUnused: boolean): Promise<Removal> {
    const main = this.#projects.find((one) => one.name === project)?.directory ?? path;
    const unsaved = await this.#unsavedIn(path, isUnused);
    if (unsaved !== undefined) return { state: "kept", reason: unsaved };
    // W2: without --force git looks itself once more; what git had not written to its end is in its commit
    const removed = await this.#git.run(main, "worktree", "remove", ...(isUnused ? ["--force"] : []), path);
    if (!removed.ok) return { state: "kept", reason: removed.problem };
    await this.#dropBranch(main, branchOf(name));
    return { state: "removed" };
  }

  isThere({ path }: Worktree): boolean {
    return existsSync(path);
  }

  /** The branch that was made with it, where that is there. */
  async branchOf({ name, project }: Worktree): Promise<string | undefined> {
    const main = this.#projects.find((one) => one.name === project)?.directory;
    const branch = branchOf(name);
    if (main === undefined) return undefined;
    return (await this.#git.revision(main, `refs/heads/${branch}`)) === undefined ? undefined : branch;
  }

  async #refuseOther({ name, directory }: NamedDirectory): Promise<void> {
    const inside = await this.#git.run(directory, "rev-parse", "--is-inside-work-tree");
    if (!inside.ok && inside.isMissing) await this.#git.must(directory, "--version");
    if (!inside.ok || inside.out.trim() !== "true")
      throw new HalError(
        "bad_request",
        `project ${name} is no git repository, so a session cannot have a worktree of its own there${inside.ok ? "" : `: ${inside.problem}`}`,
      );
    if ((await this.#git.revision(directory, "HEAD^{commit}")) === undefined)
      throw new HalError(
        "bad_request",
        `the repository of project ${name} has no commit yet, so a session cannot have a worktree of its own there`,
      );
  }

  /** Why something would be lost with a worktree. */
  async #unsavedIn(path: string, isUnused: boolean): Promise<string | undefined> {
    const status = await this.#git.run(path, "status", "--porcelain", "--untracked-files=all");
    if (!status.ok) return `git cannot say what is in it: ${status.problem}`;
    const lines = status.out.split("\n").filter((line) => line !== "");
    // an agent that died while git wrote the files of one in which nobody has worked left some unwritten
    if (isUnused && lines.every((line) => /^( D|D ) /.test(line))) return undefined;
    if (lines.length > 0) return `${lines.length === 1 ? "one file is" : `${lines.length} files are`} not committed`;
    if ((await this.#git.run(path, "symbolic-ref", "--quiet", "HEAD")).ok) return undefined;
    const refs = await this.#git.run(path, "for-each-ref", "--contains", "HEAD", "--count=1");
    return refs.ok && refs.out.trim() !== "" ? undefined : "its commits are on no branch";
  }

  /** W3 */
  async #dropBranch(main: string, branch: string): Promise<void> {
    const tip = await this.#git.revision(main, `refs/heads/${branch}`);
    if (tip === undefined) return;
    const refs = await this.#git.run(main, "for-each-ref", "--contains", tip, "--format=%(refname)");
    const others = refs.ok ? refs.out.split("\n").filter((ref) => ref !== "" && ref !== `refs/heads/${branch}`) : [];
    if (others.length > 0) await this.#git.run(main, "update-ref", "-d", `refs/heads/${branch}`, tip);
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // none was made there yet
  }
}
