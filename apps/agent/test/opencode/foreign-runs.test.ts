import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { systemClock } from "@hal/daemon";
import { afterEach, expect, it } from "vitest";
import { endLeftovers, endProcesses, startedBy } from "../../src/opencode/os/end-processes.ts";
import { RUN_VARIABLE } from "../../src/opencode/process/environment.ts";
import {
  isAlive,
  type ProcessIdentity,
  processesWith,
  readProcess,
  signalProcess,
} from "../../src/opencode/os/process-table.ts";

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** A process that carries the name of a run, or one that carries none. */
async function sleeping(run?: string): Promise<ProcessIdentity> {
  const env = { PATH: process.env["PATH"], ...(run === undefined ? {} : { [RUN_VARIABLE]: run }) };
  const child = spawn("sleep", ["3470"], { stdio: "ignore", env });
  started.push(child);
  await once(child, "spawn");
  const { pid, startTime } = readProcess(child.pid as number) as ProcessIdentity;
  // until it is `sleep` itself its environment is that of this process
  await expect.poll(() => processesWith("PATH", env.PATH ?? "").some((one) => one.pid === pid)).toBe(true);
  return { pid, startTime };
}

// I6
it("of two runs the processes of one are ended, and those of the other, of a longer name and of none live", async () => {
  const [mine, other, longer, none] = [
    await sleeping("run-a"),
    await sleeping("run-b"),
    await sleeping("run-a-and-more"),
    await sleeping(),
  ];
  expect(startedBy({ pid: none.pid, run: "run-a" })).toEqual([mine]);
  await endLeftovers("run-a", systemClock);
  expect([mine, other, longer, none].map(isAlive)).toEqual([false, true, true, true]);
});

// I6
it("a process that has the pid of one that ended is not touched", async () => {
  const stranger = await sleeping();
  const recycled = { pid: stranger.pid, startTime: String(Number(stranger.startTime) - 1) };
  expect(isAlive(recycled)).toBe(false);
  signalProcess(recycled, "SIGKILL");
  await endProcesses([recycled], "run-of-nobody", systemClock);
  expect(isAlive(stranger)).toBe(true);
});
