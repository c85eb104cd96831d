import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Mutant } from "./mutant.ts";

/** The last commit of a repository in a folder of its own, where it may be broken. */
export class PrivateCopy implements Disposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), "hal-mutants-"));
  readonly commit: string;

  constructor(repository: string) {
    try {
      this.commit = must("git", ["rev-parse", "--short", "HEAD"], repository).trim();
      const archive = path.join(this.folder, "tree.tar");
      must("git", ["archive", "--output", archive, "HEAD"], repository);
      must("tar", ["-xf", archive, "-C", this.folder], repository);
      rmSync(archive);
      must(process.execPath, [path.join("tools", "with.mjs")], this.folder);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Breaks it for as long as `work` goes on. */
  async broken<T>({ file, search, replace }: Mutant, work: () => Promise<T>): Promise<T> {
    const at = path.join(this.folder, file);
    const whole = readFileSync(at, "utf8");
    // a function, because a text would give `$&` a meaning
    writeFileSync(
      at,
      whole.replace(search, () => replace),
    );
    try {
      return await work();
    } finally {
      writeFileSync(at, whole);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function must(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}:\n${stderr}`);
  return stdout;
}
