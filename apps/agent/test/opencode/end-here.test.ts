import { mkdtempSync, rmSync } from "node:fs";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@hal/daemon";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockDataDir } from "../../src/lock.ts";
import { bootId, isAlive, type ProcessIdentity, readProcess } from "../../src/opencode/os/process-table.ts";
import { endHere } from "../../src/opencode/process/end-here.ts";
import { writeFile } from "../../src/opencode/process/record.ts";
import { recordFile } from "../../src/opencode/process/server.ts";

/** Of the command that ends what was left, which holds the lock meanwhile. */
const PID = 1;

let folder: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hal end "));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

const end = (): Promise<string> => endHere({ dataDir: folder, pid: PID, clock: systemClock });

/** A process that stands for an opencode, with the name of its run. */
async function running(run: string): Promise<ProcessIdentity> {
  const child = spawn("sleep", ["600"], { stdio: "ignore", env: { ...process.env, HAL_OPENCODE_RUN: run } });
  children.push(child);
  await once(child, "spawn");
  const { pid, startTime } = readProcess(child.pid as number) as ProcessIdentity;
  return { pid, startTime };
}

function note(server: ProcessIdentity, run: string, changes: object = {}): void {
  const written = { ...server, bootId: bootId(), run, port: 1, password: "p", startedAt: 1, setup: "", ...changes };
  writeFile(recordFile({ dataDir: folder }), written);
}

it("ends the opencode that an agent left, and what that started, and says so once", async () => {
  const [server, tool, other] = [await running("run-1"), await running("run-1"), await running("run-2")];
  note(server, "run-1");
  expect(await end()).toBe(`opencode (pid ${server.pid}) has ended`);
  expect([server, tool, other].map(isAlive)).toEqual([false, false, true]);
  expect(await end()).toBe("no opencode runs that an agent left behind");
});

it("ends what an opencode left that is gone itself", async () => {
  const [server, tool] = [await running("run-1"), await running("run-1")];
  note({ ...server, startTime: "of another process" }, "run-1");
  expect(await end()).toBe("no opencode runs that an agent left behind");
  expect(isAlive(tool)).toBe(false);
});

it("touches nothing of another boot of this machine", async () => {
  const server = await running("run-1");
  note(server, "run-1", { bootId: "another" });
  expect(await end()).toBe("no opencode runs that an agent left behind");
  expect(isAlive(server)).toBe(true);
});

it("leaves an agent that runs, and its opencode, alone", async () => {
  const server = await running("run-1");
  note(server, "run-1");
  const release = lockDataDir(folder, process.pid);
  await expect(end()).rejects.toThrow(`hal-agent (pid ${process.pid}) runs with the data in ${folder}; stop that one`);
  expect(isAlive(server)).toBe(true);
  release();
  await end();
  expect(isAlive(server)).toBe(false);
});
