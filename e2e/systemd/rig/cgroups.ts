import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { endWithUs, forget } from "../../harness/reaper.ts";
import { removeCgroup } from "../../harness/remove-cgroup.mjs";
import { eventually } from "../../harness/eventually.ts";

const MOUNTED_AT = "/sys/fs/cgroup";
/** What a machine has of its own: where systemd keeps its units, and what limits them. `unified` limits nothing where v1 does. */
const HIERARCHIES = ["systemd", "memory", "pids", "cpu", "cpuacct", "unified"];

/** A cgroup of that name in each hierarchy, below the one that this process is in. */
export class Cgroups implements AsyncDisposable {
  readonly folders: readonly string[];

  constructor(name: string) {
    const mounted = new Set(readdirSync(MOUNTED_AT));
    const own = ownCgroups(readFileSync("/proc/self/cgroup", "utf8"));
    this.folders = HIERARCHIES.filter((hierarchy) => mounted.has(hierarchy)).map((hierarchy) =>
      path.join(MOUNTED_AT, hierarchy, own.get(hierarchy) ?? "", name),
    );
    for (const folder of this.folders) {
      endWithUs("cgroup", folder);
      mkdirSync(folder);
    }
  }

  /** The kernel lets go of one only when its last process is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const folder of this.folders) {
      await eventually(() => removeCgroup(folder));
      forget("cgroup", folder);
    }
  }
}

/** The path of a process in each hierarchy, from /proc/PID/cgroup: `4:memory:/some/group`, `9:name=systemd:/` or, of v2, `0::/`. */
function ownCgroups(text: string): ReadonlyMap<string, string> {
  const lines = text.split("\n").map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  return new Map(
    lines.flatMap((match) => {
      const [, controllers = "", place = ""] = match ?? [];
      if (match === null) return [];
      const names = controllers === "" ? ["unified"] : controllers.replace("name=", "").split(",");
      return names.map((name) => [name, place] as const);
    }),
  );
}
