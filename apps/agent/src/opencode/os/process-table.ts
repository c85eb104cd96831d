import { kill } from "node:process";
import { readdirSync, readFileSync } from "node:fs";

/** One process, named so that a recycled pid is not mistaken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** clock ticks between boot and its start, from /proc */
  readonly startTime: string;
}

interface Stat extends ProcessIdentity {
  readonly parent: number;
  readonly rssBytes: number;
}

const PAGE_BYTES = 4096;

/** What /proc says of a process; undefined where there is none, or it is a zombie. */
export function readProcess(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // the name in parentheses may hold spaces; the fields behind it do not
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return {
      pid,
      parent: Number(fields[1]),
      startTime: fields[19] ?? "",
      rssBytes: Number(fields[21]) * PAGE_BYTES,
    };
  } catch {
    return undefined; // it ended, or there is no /proc here
  }
}

/** Changes while a process does something: computes, reads or writes. */
export function progressOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return `${pid}:${fields[11]}:${fields[12]}:${readFileSync(`/proc/${pid}/io`, "utf8").replaceAll(/\D+/g, ",")}`;
  } catch {
    return `${pid}`; // it ended, or there is no /proc here
  }
}

/** Whether exactly this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return readProcess(identity.pid)?.startTime === identity.startTime;
}

/** Everything below a process, nearest first. */
export function descendantsOf(pid: number): ProcessIdentity[] {
  const children = new Map<number, Stat[]>();
  for (const entry of listPids()) {
    const stat = readProcess(entry);
    if (stat !== undefined) children.set(stat.parent, [...(children.get(stat.parent) ?? []), stat]);
  }
  const found: Stat[] = [];
  let level = children.get(pid) ?? [];
  while (level.length > 0) {
    found.push(...level);
    level = level.flatMap((process) => children.get(process.pid) ?? []);
  }
  return found.map(({ pid: descendant, startTime }) => ({ pid: descendant, startTime }));
}

/** This boot of the machine; process ids and start times mean something within one only. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return ""; // there is no /proc here
  }
}

/** Processes that inherited a variable: what a server started is found by it although the server is gone. */
export function processesWith(variable: string, value: string): ProcessIdentity[] {
  const entry = `${variable}=${value}`;
  return listPids().flatMap((pid) => {
    const stat = environmentOf(pid).includes(entry) ? readProcess(pid) : undefined;
    return stat === undefined ? [] : [{ pid, startTime: stat.startTime }];
  });
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return []; // it ended, or it is somebody else's
  }
}

function listPids(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Sends a signal to exactly this process; to another one with its pid, never. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
