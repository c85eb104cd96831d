import { readdirSync, readFileSync } from "node:fs";

/** Processes whose command line or environment names this folder, as `pid command`. */
export function processesOf(folder: string): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((pid) => describe(pid, folder) ?? []);
}

function describe(pid: string, folder: string): string | undefined {
  try {
    const [command, environment] = ["cmdline", "environ"].map((file) => readFileSync(`/proc/${pid}/${file}`, "utf8"));
    const isZombie = / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, ""));
    if (isZombie || !`${command}\0${environment}`.includes(folder)) return undefined;
    return `${pid} ${command?.replaceAll("\0", " ")}`;
  } catch {
    return undefined; // it ended while we looked
  }
}
