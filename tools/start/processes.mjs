import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/**
 * When a process was started, in the words of this system: with its pid it names exactly one process.
 * @param {number} pid
 * @returns {string | undefined} undefined where there is none, or it is a zombie
 */
export function startTimeOf(pid) {
  try {
    if (process.platform === "linux") {
      const text = readFileSync(`/proc/${pid}/stat`, "utf8");
      // the name in parentheses may hold spaces; the fields behind it do not
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" ? undefined : fields[19];
    }
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined; // it ended
  }
}

/** @param {{ pid: number, startTime: string | undefined }} one */
export function isAlive({ pid, startTime }) {
  return startTime !== undefined && startTimeOf(pid) === startTime;
}

/**
 * Ends exactly this process, in order and then, after `graceMs`, by force.
 * @param {{ pid: number, startTime: string | undefined }} one
 * @param {number} graceMs
 */
export async function endProcess(one, graceMs) {
  send(one, "SIGTERM");
  if (await hasEnded(one, graceMs)) return;
  send(one, "SIGKILL");
  await hasEnded(one, 2_000);
}

async function hasEnded(one, withinMs) {
  const limit = performance.now() + withinMs;
  while (isAlive(one)) {
    if (performance.now() > limit) return false;
    await delay(50);
  }
  return true;
}

function send(one, signal) {
  if (!isAlive(one)) return;
  try {
    process.kill(one.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
