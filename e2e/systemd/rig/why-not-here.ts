import { existsSync, statSync } from "node:fs";
import path from "node:path";

const PROGRAMS = [
  ["systemd-nspawn", "systemd-container"],
  ["mmdebstrap", "mmdebstrap"],
  ["nsenter", "util-linux"],
  ["ip", "iproute2"],
] as const;

/** Why this machine cannot boot a systemd beside its own, with what helps; undefined where it can. */
export function whyNotHere(): string | undefined {
  if (process.getuid?.() !== 0) return "only root can boot a machine: run it with sudo";
  const missing = PROGRAMS.filter(([program]) => !isOnPath(program)).map(([, debian]) => debian);
  if (missing.length > 0) return `programs are missing: apt-get install ${missing.join(" ")}`;
  // a machine takes its limits from the hierarchies of version 1: with version 2 the test bed was never tried
  if (!existsSync("/sys/fs/cgroup/memory"))
    return "this kernel's cgroups are of version 2 alone, and the test bed needs version 1";
  return undefined;
}

function isOnPath(program: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return folders.some((folder) => statSync(path.join(folder, program), { throwIfNoEntry: false })?.isFile() === true);
}
