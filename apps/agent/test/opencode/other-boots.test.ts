import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, parseConfig, systemClock } from "@hal/daemon";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AgentConfig } from "../../src/config.ts";
import { RUN_VARIABLE } from "../../src/opencode/process/environment.ts";
import {
  bootId,
  isAlive,
  type ProcessIdentity,
  processesWith,
  readProcess,
} from "../../src/opencode/os/process-table.ts";
import { adoptServer } from "../../src/opencode/process/server.ts";

/** Of these tests alone: others may run on this machine at the same time. */
const RUN = `run-of-an-earlier-agent-${process.pid}`;
let dataDir: string;
let child: ChildProcess;
let left: ProcessIdentity;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "hal boots "));
  child = spawn("sleep", ["3472"], { stdio: "ignore", env: { PATH: process.env["PATH"], [RUN_VARIABLE]: RUN } });
  await once(child, "spawn");
  // until it is `sleep` itself its environment is that of this process
  await vi.waitUntil(() => processesWith(RUN_VARIABLE, RUN).length === 1, { timeout: 20_000 });
  left = readProcess(child.pid as number) as ProcessIdentity;
});
afterEach(async () => {
  child.kill("SIGKILL");
  await rm(dataDir, { recursive: true });
});

function adopt() {
  const raw = { supervisor_url: "ws://127.0.0.1:1", auth_token: "t" };
  const { config } = parseConfig(AgentConfig, raw, { env: {} });
  const log = createLogger({ name: "test", destination: { write: () => undefined } });
  const options = { config: config.opencode, port: 0, dataDir, env: {}, clock: systemClock, log };
  return adoptServer(options, new AbortController().signal);
}

// I6
describe.each([
  ["a server", "opencode-server.json", { pid: 2 ** 22 + 1, startTime: "1", port: 1, password: "p", setup: "s" }],
  ["the beginning of one", "opencode-starting.json", {}],
])("the note of %s", (_name, file, more) => {
  const note = (boot: string): void =>
    writeFileSync(join(dataDir, file), JSON.stringify({ ...more, run: RUN, bootId: boot }));

  it("of another boot of the machine ends nothing, though a process has its run's name", async () => {
    note("another boot");
    expect(await adopt()).toBeUndefined();
    expect([isAlive(left), existsSync(join(dataDir, file))]).toEqual([true, false]);
  });

  it("of this boot ends what its run has left", async () => {
    note(bootId());
    expect(await adopt()).toBeUndefined();
    expect([isAlive(left), existsSync(join(dataDir, file))]).toEqual([false, false]);
  });
});
