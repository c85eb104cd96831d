import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { promisify } from "node:util";
import { type Clock, sleep } from "@hal/daemon";
import { TESTED_OPENCODE } from "./domain/versions.ts";
import { descendantsOf, isAlive, progressOf } from "../os/process-table.ts";
import { healthOf } from "./health.ts";
import type { ServerRecord } from "./record.ts";

const LOOK_EVERY_MS = 100;

/** A start that failed is given twice the time the next time, and this at most. */
const MOST_PATIENCE_MS = 10 * 60_000;

/** One that is busy with something for so many times its patience does not come. */
const MOST_TIMES = 10;

/** How long `opencode --version` may take. */
const VERSION_MS = 10_000;

export interface Starting {
  readonly command: string;
  readonly logFile: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** how long it may make no progress at its first attempt; milliseconds */
  readonly patienceMs: number;
  /** from 1 on */
  readonly attempt: number;
}

/** What became of a start: a version, or why there is none. */
export type Started = { readonly ok: true; readonly version: string } | { readonly ok: false; readonly reason: string };

/**
 * Waits until a server that was just started answers. It has patience while the server lives and makes progress, by
 * its processor time, files, output or children; a program that is no opencode of ours is told at once.
 */
export async function awaitReady(record: ServerRecord, starting: Starting, signal: AbortSignal): Promise<Started> {
  const { clock } = starting;
  const patienceMs = patienceOf(starting);
  const began = clock.monotonic();
  let [moved, mark, pages] = [began, "", 0];
  while (isAlive(record)) {
    if (signal.aborted) return { ok: false, reason: "the agent is stopping" };
    const health = await healthOf(record);
    if (health.kind === "up") return { ok: true, version: health.version };
    if (health.kind === "other program")
      return failed(`port ${record.port} (opencode_port) is taken by another program; it was sent nothing`);
    pages = health.kind === "web page" ? pages + 1 : 0;
    if (pages > 1) return failed(await strangerText(starting));
    const now = clock.monotonic();
    const newMark = markOf(record.pid, starting.logFile);
    if (newMark !== mark) [mark, moved] = [newMark, now];
    if (now - moved > patienceMs || now - began > MOST_TIMES * patienceMs)
      return failed(lateText(starting, now - began));
    await sleep(LOOK_EVERY_MS, signal);
  }
  return failed(`opencode serve ended while starting: ${lastLine(starting.logFile) || `see ${starting.logFile}`}`);
}

function failed(reason: string): Started {
  return { ok: false, reason };
}

function patienceOf({ patienceMs, attempt }: Pick<Starting, "patienceMs" | "attempt">): number {
  return Math.max(patienceMs, Math.min(MOST_PATIENCE_MS, patienceMs * 2 ** (attempt - 1)));
}

/** Changes while the server, or anything that it started, does something. */
function markOf(pid: number, logFile: string): string {
  const all = [pid, ...descendantsOf(pid).map((process) => process.pid)];
  return `${sizeOf(logFile)} ${all.map(progressOf).join(" ")}`;
}

function lateText(starting: Starting, waitedMs: number): string {
  const { attempt, patienceMs, logFile } = starting;
  const load = `load ${loadavg()[0]?.toFixed(1) ?? "?"} on ${availableParallelism()} cores`;
  const next = patienceOf({ patienceMs, attempt: attempt + 1 }) / 1000;
  const last = lastLine(logFile);
  return `opencode serve did not answer within ${Math.round(waitedMs / 1000)} s (attempt ${attempt}, ${load}${last === "" ? "" : `, last output: ${last}`}); the next attempt may make no progress for ${next} s; if that is too short, raise opencode.start_timeout_seconds`;
}

async function strangerText({ command, environment }: Starting): Promise<string> {
  const version = await versionOf(command, environment);
  const what =
    version === undefined ? `${command} is no opencode that this agent knows` : `this is opencode ${version}`;
  return `${what}; this agent speaks ${TESTED_OPENCODE.replace(".x", "")}: install that (npm install -g opencode-ai@1.18) or name it in opencode.command`;
}

async function versionOf(command: string, env: Readonly<Record<string, string>>): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(command, ["--version"], { env, timeout: VERSION_MS });
    return /\d+\.\d+[\w.-]*/.exec(stdout)?.[0];
  } catch {
    return undefined; // a program that cannot say its version is none that is known here
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

function lastLine(file: string): string {
  try {
    return (readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "").slice(0, 300);
  } catch {
    return "";
  }
}
