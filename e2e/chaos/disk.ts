import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { eventually } from "../harness/eventually.ts";

const BALLAST = [0, 1, 2].map((number) => `ballast-${number}`);

/** A small file system of a program's own, which can be filled and made read-only. */
export class Disk implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined where this user may mount nothing. */
  static mount(folder: string, sizeMb: number): Disk | undefined {
    mkdirSync(folder, { recursive: true });
    const options = `size=${sizeMb}m,mode=0700`;
    const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "none", folder], { stdio: "ignore" });
    return status === 0 ? new Disk(folder) : undefined;
  }

  /** Leaves no room at all. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.#folder);
    for (const [index, name] of BALLAST.entries())
      try {
        writeFileSync(path.join(this.#folder, name), Buffer.alloc(index === 0 ? bavail * bsize : bsize));
      } catch {
        continue; // that is what full means
      }
  }

  empty(): void {
    for (const name of BALLAST) rmSync(path.join(this.#folder, name), { force: true });
  }

  /** The kernel refuses it while a program has a file open for writing. */
  remount(mode: "ro" | "rw"): void {
    const { status, stderr } = spawnSync("mount", ["-o", `remount,${mode}`, this.#folder]);
    if (status !== 0) throw new Error(`${this.#folder} cannot be made ${mode}: ${stderr.toString()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await eventually(() => {
      if (spawnSync("umount", [this.#folder]).status !== 0) throw new Error(`${this.#folder} is still in use`);
    });
  }
}
