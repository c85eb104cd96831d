import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** One commit of a repository in a temporary folder, with its own toolchain and dependencies. */
export class Revision implements Disposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), "hal-revision-"));
  readonly commit: string;

  /** `name` is whatever git takes for a commit. */
  constructor(repository: string, name: string) {
    try {
      this.commit = commitOf(repository, name);
      const archive = path.join(this.folder, "tree.tar");
      must("git", ["archive", "--output", archive, this.commit], repository);
      must("tar", ["-xf", archive, "-C", this.folder], repository);
      rmSync(archive);
      must("npm", ["run", "--silent", "setup"], this.folder);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Builds what it ships, by its own script. */
  build(): void {
    must("npm", ["run", "--silent", "build"], this.folder);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function commitOf(repository: string, name: string): string {
  const { status, stdout } = run(
    "git",
    ["rev-parse", "--verify", "--quiet", "--short", `${name}^{commit}`],
    repository,
  );
  if (status === 0) return stdout.trim();
  const isShallow = run("git", ["rev-parse", "--is-shallow-repository"], repository).stdout.trim() === "true";
  const advice = isShallow ? "; this clone is shallow: git fetch --unshallow" : "";
  throw new Error(`there is no commit ${name} in ${repository}${advice}`);
}

function must(program: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = run(program, args, cwd);
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
}
