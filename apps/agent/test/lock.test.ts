import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockDataDir } from "../src/lock.ts";
import { readProcess } from "../src/opencode/os/process-table.ts";

let folder: string;
let other: ChildProcess;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hal lock "));
  other = spawn("sleep", ["3471"], { stdio: "ignore" });
  await once(other, "spawn");
});
afterEach(async () => {
  other.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

const lock = (): string => join(folder, "agent.lock");
const owner = (): unknown => (JSON.parse(readFileSync(lock(), "utf8")) as { pid: number }).pid;
const held = (pid: number, startTime: string): void => writeFileSync(lock(), JSON.stringify({ pid, startTime }));

describe("the lock of a data directory", () => {
  it("is this agent's until it is released", () => {
    const release = lockDataDir(folder, process.pid);
    expect(owner()).toBe(process.pid);
    release();
    expect(existsSync(lock())).toBe(false);
  });

  it("is not taken from another process that lives, which is named", () => {
    const pid = other.pid as number;
    held(pid, readProcess(pid)?.startTime ?? "");
    expect(() => lockDataDir(folder, process.pid)).toThrow(`another hal-agent (pid ${pid}) uses the data directory`);
    expect(owner()).toBe(pid);
  });

  it.each([
    ["whose pid another process has now", () => held(other.pid as number, "1")],
    ["that is gone", () => held(2 ** 22 + 1, "1")],
    ["of which half was written", () => writeFileSync(lock(), '{"pid":')],
  ])("is taken over from an owner %s", (_name, leave) => {
    leave();
    const release = lockDataDir(folder, process.pid);
    expect(owner()).toBe(process.pid);
    release();
  });
});
