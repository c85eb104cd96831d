// Ends what tests leave behind when their process dies: started once for each of them, it lives as long as its standard input.
// A line is `pid`, `folder` or `cgroup`, a blank, and what to end: that program, or every process that names that folder, and the folder itself,
// or a cgroup that has no process by then; with `-` in front it is taken back. A pid may be another process's by then, so that it counts with the time at which it was started.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { removeCgroup } from "./remove-cgroup.mjs";

/** So long a program may take to stop in order, an agent with its opencode. */
const ORDERLY_MS = 15_000;
const wanted = new Map();

/** In clock ticks since the machine was started; undefined where it has ended. */
function startOf(pid) {
  try {
    const [state, ...rest] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return state === "Z" ? undefined : rest[18];
  } catch {
    return undefined;
  }
}

function isOfFolder(pid, folder) {
  try {
    return ["cmdline", "environ"].some((file) => readFileSync(`/proc/${pid}/${file}`, "utf8").includes(folder));
  } catch {
    return false;
  }
}

/** File systems that are mounted in a folder, the innermost first: the list has them in the order in which they were mounted. */
function mountsIn(folder) {
  const places = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) =>
      (line.split(" ")[1] ?? "").replaceAll(/\\(\d{3})/g, (_, octal) =>
        String.fromCodePoint(Number.parseInt(octal, 8)),
      ),
    );
  return places.filter((place) => place.startsWith(`${folder}/`)).toReversed();
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended
  }
}

/** What is left, as pids. */
function left() {
  const own = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);
  return [...wanted.values()].flatMap(({ kind, name, start }) => {
    if (kind === "cgroup") return [];
    if (kind === "folder") return own.filter((pid) => isOfFolder(pid, name));
    return [name].filter((pid) => start !== undefined && startOf(pid) === start);
  });
}

/** The kernel lets go of a cgroup a moment after its last process. */
async function removeEmptied(cgroup) {
  for (let waited = 0; ; waited += 100)
    try {
      removeCgroup(cgroup);
      return;
    } catch (error) {
      if (waited >= ORDERLY_MS) throw error;
      await delay(100);
    }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [, back, kind, name] = /^(-?)(pid|folder|cgroup) (.+)$/.exec(line);
  const key = `${kind} ${name}`;
  if (back === "-") wanted.delete(key);
  else wanted.set(key, { kind, name, start: kind === "pid" ? startOf(name) : undefined });
}

for (const pid of new Set(left())) {
  send(pid, "SIGCONT");
  send(pid, "SIGTERM");
}
for (let waited = 0; waited < ORDERLY_MS && left().length > 0; waited += 100) await delay(100);
for (const pid of new Set(left())) send(pid, "SIGKILL");
for (const { kind, name } of wanted.values()) {
  if (kind !== "folder") continue;
  for (const place of mountsIn(name)) spawnSync("umount", ["--lazy", place]);
  rmSync(name, { recursive: true, force: true, maxRetries: 5 });
}
for (const { kind, name } of wanted.values()) if (kind === "cgroup") await removeEmptied(name);
