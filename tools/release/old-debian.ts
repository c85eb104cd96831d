import { spawnSync } from "node:child_process";
import { Refusal } from "./refusal.ts";
import { run } from "./run.ts";

interface Beside {
  /** Debian packages that are in it beside the few that each root has */
  readonly packages?: string;
  /** of another processor, of which nothing can be run in it without help */
  readonly foreign?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** commands of a shell, each of which sees the root as `$1` */
  readonly commands: readonly string[];
}

/** Without its security updates, which change, and of which some are not there for each processor. */
const ARCHIVE = "http://deb.debian.org/debian";

/** Runs commands beside a root of Debian 11, glibc 2.31 and GCC 10, that is made for them and thrown away. */
export function besideOldDebian({ packages = "", foreign, env, commands }: Beside): void {
  const kind = foreign === undefined ? ["--variant=minbase"] : ["--variant=extract", `--architectures=${foreign}`];
  const include = packages === "" ? [] : [`--include=${packages}`];
  // of a root that is only extracted no later hook is run
  const hook = foreign === undefined ? "customize-hook" : "extract-hook";
  const hooks = commands.map((command) => `--${hook}=${command}`);
  const args = ["--quiet", "--format=null", ...kind, ...include, ...hooks, "bullseye", "/dev/null", ARCHIVE];
  run("mmdebstrap", args, { env: { ...process.env, ...env } });
}

/** Refuses what needs such a root where none can be made; `otherwise` says what else can be done. */
export function needOldDebian(what: string, otherwise: string): void {
  if (process.getuid?.() !== 0)
    throw new Refusal(`${what} needs a root of Debian 11, which only root can make: run this as root, or ${otherwise}`);
  if (spawnSync("mmdebstrap", ["--version"]).status !== 0)
    throw new Refusal(`${what} needs a root of Debian 11: install Debian's package mmdebstrap, or ${otherwise}`);
}
