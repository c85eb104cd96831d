import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Linux counts processor time in these. */
const TICKS_PER_SECOND = 100;
const SETTLE_STEP_MS = 500;

/** Resident memory of a process, in bytes. */
export function rssBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1]) * 1024;
}

/** Processor time that a process has used so far, all its threads together. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").trim().split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Processor time that the main thread of a process has used so far, in milliseconds. */
export function mainThreadMs(pid: number): number {
  const [nanoseconds] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ");
  return Number(nanoseconds) / 1e6;
}

/** Resident memory once it has stopped to change by more than 1 % for two seconds, or after `limitMs`. */
export async function settledRssBytes(pid: number, limitMs: number): Promise<number> {
  const limit = performance.now() + limitMs;
  const seen: number[] = [];
  for (;;) {
    seen.push(rssBytes(pid));
    const recent = seen.slice(-4);
    const isSteady = recent.length === 4 && Math.max(...recent) - Math.min(...recent) <= Math.max(...recent) / 100;
    if (isSteady || performance.now() > limit) return recent.at(-1) as number;
    await delay(SETTLE_STEP_MS);
  }
}
