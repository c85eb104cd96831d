import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { run } from "./run.ts";

/** Packs a folder as `file`, a tar.gz in which nothing tells when, where and by whom it was packed; `epoch` is the time of all that is in it. */
export function pack(folder: string, file: string, epoch: number): void {
  rmSync(file, { force: true });
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC", GZIP: "" };
  const same = [
    "--format=gnu",
    "--sort=name",
    `--mtime=@${epoch}`,
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mode=u=rwX,go=rX",
  ];
  const where = ["--directory", path.dirname(folder), path.basename(folder)];
  run("tar", ["--create", `--file=${file}`, "--use-compress-program=gzip -6 -n", ...same, ...where], { env });
}

/** The lines of a SHA256SUMS for files of a folder. */
export function checksums(folder: string, files: readonly string[]): string {
  return files
    .toSorted()
    .map((name) => `${sha256(readFileSync(path.join(folder, name)))}  ${name}\n`)
    .join("");
}

export function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
