import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, parseConfig, systemClock } from "@hal/daemon";
import type { HalEvent } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AgentConfig } from "../../src/config.ts";
import { healthOf } from "../../src/opencode/process/health.ts";
import { listeningAddressesOf } from "../../src/opencode/os/listening-socket.ts";
import {
  bootId,
  isAlive,
  type ProcessIdentity,
  processesWith,
  readProcess,
} from "../../src/opencode/os/process-table.ts";
import { type ServerOptions, startServer } from "../../src/opencode/process/server.ts";
import { connectOpencode } from "../../src/opencode/v1/client.ts";
import { OpencodeSupervisor, type SuperviseOptions } from "../../src/opencode/process/supervise.ts";
import { type DoubleHabits, OpencodeDouble } from "../support/opencode-double.ts";

let folder: string;
let running: OpencodeSupervisor[];
let innocents: ChildProcess[];
const never = new AbortController().signal;
const log = createLogger({ name: "test", destination: { write: () => undefined } });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hal supervise "));
  running = [];
  innocents = [];
});
afterEach(async () => {
  for (const supervisor of running) await supervisor[Symbol.asyncDispose]();
  for (const other of innocents) other.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** So often that a test sees it soon, and so patiently that a loaded machine is no silent opencode. */
const WATCH_CLOSELY = { aliveEveryMs: 20, healthEveryMs: 20, healthMs: 20_000, healthFailures: 2, recycleAfterMs: 0 };

/** A clock that says how often it was looked at, which whoever watches an opencode does each time. */
function countingClock() {
  let looks = 0;
  return {
    ...systemClock,
    monotonic() {
      looks += 1;
      return systemClock.monotonic();
    },
    get looks() {
      return looks;
    },
  };
}

function optionsFor(command: string, opencode: object = {}, changes: Partial<SuperviseOptions> = {}): SuperviseOptions {
  const { config } = parseConfig(
    AgentConfig,
    { supervisor_url: "ws://127.0.0.1:1", auth_token: "t", opencode: { command, ...opencode } },
    { env: {} },
  );
  return {
    config: config.opencode,
    port: 0,
    ownSecrets: () => [],
    dataDir: folder,
    env: { PATH: process.env["PATH"], HOME: folder, AWS_SECRET_ACCESS_KEY: "somebody's" },
    clock: systemClock,
    log,
    isIdle: async () => true,
    changedConfig: { due: () => [], take: () => undefined },
    connect: connectOpencode,
    onRun: async () => undefined,
    watch: WATCH_CLOSELY,
    ...changes,
  };
}

interface Watched {
  readonly supervisor: OpencodeSupervisor;
  readonly double: OpencodeDouble;
  readonly told: HalEvent[];
}

function supervise(habits: DoubleHabits = {}, opencode: object = {}, changes: Partial<SuperviseOptions> = {}): Watched {
  const double = new OpencodeDouble(join(folder, "double"), habits);
  const told: HalEvent[] = [];
  const supervisor = new OpencodeSupervisor(optionsFor(double.command, opencode, changes), (event) => told.push(event));
  running.push(supervisor);
  return { supervisor, double, told };
}

/** Stops one before the test is over. */
async function stop(supervisor: OpencodeSupervisor): Promise<void> {
  running = running.filter((one) => one !== supervisor);
  await supervisor[Symbol.asyncDispose]();
}

/** The server that the agent noted last. */
function record(): ProcessIdentity & { readonly run: string } {
  return JSON.parse(readFileSync(join(folder, "opencode-server.json"), "utf8")) as ReturnType<typeof record>;
}

/** A process of somebody else. */
async function innocent(seconds: number, options: SpawnOptions = {}): Promise<ProcessIdentity> {
  const child = spawn("sleep", [String(seconds)], { stdio: "ignore", ...options });
  innocents.push(child);
  await once(child, "spawn");
  const { pid, startTime } = readProcess(child.pid as number) as ProcessIdentity;
  return { pid, startTime };
}

/** Processes with exactly this command line that carry the name of a run. */
function sleepers(run: string, seconds: number): ProcessIdentity[] {
  return processesWith("HAL_OPENCODE_RUN", run).filter(
    ({ pid }) => readFileSync(`/proc/${pid}/cmdline`, "utf8") === `sleep\0${seconds}\0`,
  );
}

const upEvents = (told: readonly HalEvent[]): number => told.filter(({ type }) => type === "opencode.up").length;

describe("an opencode that is started", () => {
  // I10
  it("inherits nobody's secrets and has a password of its own each time", async () => {
    const { supervisor, double } = supervise();
    await supervisor.waitUp(never);
    const first = double.environment;
    expect(first).not.toHaveProperty("AWS_SECRET_ACCESS_KEY");
    expect(first["HOME"]).toBe(folder);
    expect(first["OPENCODE_SERVER_PASSWORD"]?.length).toBeGreaterThan(30);
    await stop(supervisor);
    const again = supervise();
    await again.supervisor.waitUp(never);
    expect(again.double.environment["OPENCODE_SERVER_PASSWORD"]).not.toBe(first["OPENCODE_SERVER_PASSWORD"]);
  });

  // I6
  it("is disposed of before it is asked to end, and its tools end with it; nobody else's do", async () => {
    const other = await innocent(3456);
    const namesake = await innocent(3457, { argv0: "opencode" });
    // in groups and sessions of their own, one of them parted from everybody
    const tool = "setsid sleep 3456 & (setsid sh -c 'sleep 3456 & sleep 3456' &) ; sleep 3456";
    const { supervisor, double } = supervise({ tool });
    await supervisor.waitUp(never);
    const { run } = record();
    await expect.poll(() => sleepers(run, 3456).length).toBe(4);
    const tools = sleepers(run, 3456);
    await stop(supervisor);
    expect(double.notes).toEqual(["started", "dispose", "SIGTERM"]);
    expect(tools.filter(isAlive)).toEqual([]);
    expect([other, namesake].every(isAlive)).toBe(true);
    expect(existsSync(join(folder, "opencode-server.json"))).toBe(false);
  });

  it("is killed after a grace where it does not end", async () => {
    const { supervisor, double } = supervise({ stubborn: true });
    await supervisor.waitUp(never);
    const process = record();
    await stop(supervisor);
    expect(double.notes).toContain("SIGTERM");
    expect(isAlive(process)).toBe(false);
  });

  it("is started again when it was killed, without what its tools left, and commands wait for the next one", async () => {
    const other = await innocent(3458);
    const { supervisor, told } = supervise({ tool: "setsid sleep 3458" });
    await supervisor.waitUp(never);
    const before = record();
    await expect.poll(() => sleepers(before.run, 3458).length).toBe(1);
    const [tool] = sleepers(before.run, 3458) as [ProcessIdentity];
    process.kill(before.pid, "SIGKILL");
    await expect.poll(() => supervisor.report().state).toBe("down");
    await supervisor.waitComing(never);
    expect(supervisor.report().state).toBe("up");
    expect(record().pid).not.toBe(before.pid);
    expect([isAlive(tool), isAlive(other)]).toEqual([false, true]);
    expect(told.map(({ type }) => type)).toEqual(["opencode.up", "opencode.down", "opencode.up"]);
  });

  it("is replaced when it runs and does not answer any more", async () => {
    const watch = { ...WATCH_CLOSELY, healthMs: 1_000 };
    const { supervisor, double, told } = supervise({}, {}, { watch });
    await supervisor.waitUp(never);
    const before = record();
    double.fallSilent();
    await expect
      .poll(() => told.at(-1))
      .toMatchObject({
        type: "opencode.down",
        data: { reason: "opencode serve did not answer 2 health checks" },
      });
    double.answerAgain();
    await supervisor.waitUp(never);
    expect(record().pid).not.toBe(before.pid);
    expect(isAlive(before)).toBe(false);
  });

  it("is replaced for its size when nobody needs it, never while somebody does or nobody can say", async () => {
    let asked = 0;
    let idle: "no" | "unknown" | "yes" = "no";
    const isIdle = async (): Promise<boolean> => {
      asked += 1;
      if (idle === "unknown") throw new Error("opencode did not answer");
      return idle === "yes";
    };
    const { supervisor, told } = supervise({}, { max_rss_mb: 1 }, { isIdle });
    await supervisor.waitUp(never);
    const before = record();
    for (const state of ["no", "unknown"] as const) {
      idle = state;
      const from = asked;
      await expect.poll(() => asked).toBeGreaterThan(from + 2);
      expect([state, upEvents(told), isAlive(before)]).toEqual([state, 1, true]);
    }
    idle = "yes";
    await expect.poll(() => told.map(({ type }) => type)).toContain("opencode.recycled");
    idle = "no";
    await expect.poll(() => upEvents(told)).toBe(2);
    expect(isAlive(before)).toBe(false);
    expect(told.map(({ type }) => type)).not.toContain("opencode.down");
  });

  it("is replaced for configuration that was changed and it could not read, when nobody needs it, and that is told", async () => {
    const file = { file: "/srv/p/opencode.json", changedAt: 7 };
    const [begun, taken]: [number[], unknown[]] = [[], []];
    let [isIdle, asked, starts] = [false, 0, 0];
    const { supervisor, told } = supervise(
      {},
      {},
      {
        changedConfig: {
          due: (runBeganAt) => {
            begun.push(runBeganAt);
            return taken.length === 0 ? [file] : [];
          },
          take: (read) => void taken.push(...read),
        },
        isIdle: async () => {
          asked += 1;
          return isIdle;
        },
        clock: { ...systemClock, now: () => 1_000 + starts },
        watch: { ...WATCH_CLOSELY, recycleAfterMs: 3_600_000 },
      },
    );
    await supervisor.waitUp(never);
    const before = record();
    await expect.poll(() => asked).toBeGreaterThan(2);
    expect([upEvents(told), isAlive(before), taken]).toEqual([1, true, []]);
    [isIdle, starts] = [true, 1];
    await expect.poll(() => upEvents(told)).toBe(2);
    const from = begun.length;
    await expect.poll(() => begun.length).toBeGreaterThan(from + 2);
    expect([isAlive(before), taken]).toEqual([false, [file]]);
    expect([begun[0], begun.at(-1)]).toEqual([1_000, 1_001]);
    expect(told.map(({ type }) => type)).toEqual(["opencode.up", "opencode.recycled", "opencode.up"]);
    expect(told[1]?.data).toMatchObject({ reason: expect.stringContaining(file.file), rssBytes: expect.any(Number) });
  });

  it("is not replaced for its size again where the new one is as big from the beginning", async () => {
    let asked = 0;
    const isIdle = async (): Promise<boolean> => {
      asked += 1;
      return true;
    };
    const clock = countingClock();
    const { supervisor, told } = supervise({}, { max_rss_mb: 1 }, { isIdle, clock });
    await expect.poll(() => upEvents(told)).toBe(2);
    await supervisor.waitUp(never);
    const from = clock.looks;
    await expect.poll(() => clock.looks).toBeGreaterThan(from + 20);
    expect([asked, told.filter(({ type }) => type === "opencode.recycled").length]).toEqual([1, 1]);
  });

  it("is not replaced for its size before it is some time old", async () => {
    const watch = { ...WATCH_CLOSELY, recycleAfterMs: 3_600_000 };
    const clock = countingClock();
    let asked = 0;
    const isIdle = async (): Promise<boolean> => {
      asked += 1;
      return true;
    };
    const { supervisor } = supervise({}, { max_rss_mb: 1 }, { watch, isIdle, clock });
    await supervisor.waitUp(never);
    const from = clock.looks;
    await expect.poll(() => clock.looks).toBeGreaterThan(from + 20);
    expect(asked).toBe(0);
  });
});

describe("the end of a run", () => {
  it("is said as soon as the server is gone, though no other one can start", async () => {
    const runs: (string | undefined)[] = [];
    const { supervisor, double } = supervise({}, {}, { onRun: async (run) => void runs.push(run) });
    await supervisor.waitUp(never);
    const first = record();
    rmSync(double.command);
    process.kill(first.pid, "SIGKILL");
    await expect.poll(() => supervisor.report().state).toBe("missing");
    expect(runs).toEqual([undefined, first.run, undefined, undefined]);
  });
});

describe("an opencode that does not come", () => {
  it("fails a waiting command at once where it is not installed, and stays missing however often it is looked for", async () => {
    const command = join(folder, "nothing", "opencode");
    const told: HalEvent[] = [];
    let looks = 0;
    const env = {
      get PATH() {
        looks += 1;
        return process.env["PATH"];
      },
    };
    const options = optionsFor(command, { max_restarts: 1 }, { env });
    const supervisor = new OpencodeSupervisor(options, (event) => told.push(event));
    running.push(supervisor);
    await supervisor.waitComing(never);
    expect(() => supervisor.api()).toThrow(/opencode is missing: .*cannot be run/);
    await expect.poll(() => looks).toBeGreaterThan(2);
    expect(supervisor.report().state).toBe("missing");
    expect(told).toHaveLength(1);
  });

  it("fails a waiting command with the reason where it ended while starting, and rests when its budget is used up", async () => {
    const waits = vi.spyOn(globalThis, "setTimeout");
    const { supervisor, double, told } = supervise({ fails: true }, { max_restarts: 2 });
    await supervisor.waitComing(never);
    expect(() => supervisor.api()).toThrow(/ended while starting: it cannot start/);
    await expect
      .poll(() => supervisor.report().reason)
      .toMatch(/it cannot start; started more than 2 times within 10 min, next try in 5 min/);
    await supervisor.waitComing(never);
    await expect.poll(() => waits.mock.calls.some(([, ms]) => (ms ?? 0) >= 5 * 60_000)).toBe(true);
    waits.mockRestore();
    expect(double.notes).toEqual(["started", "started", "started"]);
    expect(told.every(({ type }) => type === "opencode.down")).toBe(true);
  });

  it("fails a waiting command at once where a stranger has its port, and leaves the stranger alone", async () => {
    const stranger = createServer().listen(0, "127.0.0.1");
    await once(stranger, "listening");
    const { port } = stranger.address() as { port: number };
    const { supervisor, double } = supervise({}, {}, { port });
    await supervisor.waitComing(never);
    expect(() => supervisor.api()).toThrow(`port ${port} (opencode_port) is taken`);
    expect(double.notes).toEqual([]);
    expect(stranger.listening).toBe(true);
    stranger.close();
  });
});

describe("an opencode that takes its time", () => {
  it("is waited for the longer the more starts failed, and the reason says how often, under which load and what to set", async () => {
    // the first attempt makes no progress, and each further one none for longer than the first one may
    const first = JSON.stringify(join(folder, "first"));
    const before = `[ -e ${first} ] || { touch ${first}; exec sleep 3600; }; sleep 1.5`;
    const { supervisor, told } = supervise({ before }, { start_timeout_seconds: 1, max_restarts: 50 });
    await supervisor.waitUp(never);
    const failed = told.slice(0, -1).map(({ data }) => (data as { readonly reason: string }).reason);
    const said =
      /^opencode serve did not answer within \d+ s \(attempt (\d), load [\d.]+ on \d+ cores\); the next attempt may make no progress for (\d+) s; .*opencode\.start_timeout_seconds$/;
    // how many it takes is the machine's
    const twice = failed.map((_, index) => [String(index + 1), String(2 ** (index + 1))]);
    expect(failed.map((reason) => said.exec(reason)?.slice(1))).toEqual(twice);
    expect([failed.length > 0, told.at(-1)?.type]).toEqual([true, "opencode.up"]);
  });

  it("is waited for at its first attempt while it does something", async () => {
    const busy = "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.3; echo still at it; done";
    const { supervisor, told } = supervise({ before: busy }, { start_timeout_seconds: 2 });
    await supervisor.waitUp(never);
    expect(told.map(({ type }) => type)).toEqual(["opencode.up"]);
  });
});

describe("what is no opencode that this agent speaks with", () => {
  it("is told apart at once where it answers with a web page", async () => {
    const { supervisor, double, told } = supervise({ page: true });
    await supervisor.waitComing(never);
    expect(supervisor.report()).toMatchObject({
      state: "down",
      reason: expect.stringMatching(/^this is opencode 2\.0\.3; this agent speaks 1\.18: install that .* or name it/),
    });
    expect(told.map(({ type }) => type)).toEqual(["opencode.down"]);
    expect(double.notes).toContain("SIGTERM");
  });

  it("is sent nothing where it has the port that our opencode was to have", async () => {
    // it says that it is well, too
    const stranger = join(folder, "stranger.mjs");
    const heard = join(folder, "heard");
    writeFileSync(
      stranger,
      `import { createServer } from "node:http"; import { appendFileSync } from "node:fs";
      createServer((request, response) => { appendFileSync(${JSON.stringify(heard)}, JSON.stringify(request.headers));
        response.writeHead(200, { "content-type": "application/json" }).end('{"healthy":true,"version":"1.18.33"}');
      }).listen(0, "127.0.0.1", function () { console.log(this.address().port); });`,
    );
    const parted = spawn(process.execPath, [stranger], { stdio: ["ignore", "pipe", "ignore"] });
    innocents.push(parted);
    const [port] = (await once(parted.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    const server = { port: Number(port.toString()), password: "secret", run: "nobody's" };
    expect(await healthOf({ ...server, pid: (await innocent(3470)).pid })).toEqual({ kind: "other program" });
    expect(existsSync(heard)).toBe(false);
    // and where it is ours that listens, it is asked
    expect(await healthOf({ ...server, pid: parted.pid as number })).toEqual({ kind: "up", version: "1.18.33" });
    expect(readFileSync(heard, "utf8")).toContain("authorization");
  });
});

it("opencode listens on loopback alone", async () => {
  const { supervisor } = supervise();
  await supervisor.waitUp(never);
  const addresses = listeningAddressesOf(record().pid);
  expect(addresses).toHaveLength(1);
  expect(addresses[0]).toMatch(/^127\.0\.0\.1:\d+$/);
});

describe("what an earlier run of the agent left", () => {
  const left = async (habits: DoubleHabits = {}): Promise<{ double: OpencodeDouble; options: ServerOptions }> => {
    const double = new OpencodeDouble(join(folder, "double"), habits);
    const options = optionsFor(double.command);
    await startServer(options, 1, never);
    return { double, options };
  };

  it("is taken over while it runs and answers", async () => {
    await left();
    const before = record();
    const { supervisor } = supervise();
    await supervisor.waitUp(never);
    expect(record()).toEqual(before);
    expect(isAlive(before)).toBe(true);
  });

  it("is a run that goes on where it is taken over, and one that is over where it is gone", async () => {
    for (const isGone of [false, true]) {
      await left();
      const before = record();
      if (isGone) process.kill(before.pid, "SIGKILL");
      await expect.poll(() => isAlive(before)).toBe(!isGone);
      const runs: (string | undefined)[] = [];
      const { supervisor } = supervise({}, {}, { onRun: async (run) => void runs.push(run) });
      await supervisor.waitUp(never);
      expect(runs).toEqual(isGone ? [undefined, record().run] : [before.run]);
      await stop(supervisor);
    }
  });

  it("is taken over, too, where it takes its time to answer", async () => {
    const { double } = await left();
    const before = record();
    double.fallSilent();
    // however long it takes
    const { supervisor } = supervise({}, {}, { clock: { ...systemClock, monotonic: () => 0 } });
    await expect.poll(() => double.asked.filter((what) => what.endsWith("unanswered")).length).toBe(2);
    expect([supervisor.report().state, isAlive(before)]).toEqual(["starting", true]);
    double.answerAgain();
    await supervisor.waitUp(never);
    expect(record()).toEqual(before);
  });

  it("lives on where the agent leaves it, with what works in it, and is taken over then", async () => {
    const runs: (string | undefined)[] = [];
    const { supervisor, double } = supervise({}, {}, { onRun: async (run) => void runs.push(run) });
    await supervisor.waitUp(never);
    const before = record();
    supervisor.leave();
    await stop(supervisor);
    expect([isAlive(before), runs, double.notes]).toEqual([true, [undefined, before.run], ["started"]]);
    const { supervisor: next } = supervise();
    await next.waitUp(never);
    expect(record()).toEqual(before);
  });

  it("lives on, too, where the agent leaves it before it answered", async () => {
    const { double } = await left();
    const before = record();
    double.fallSilent();
    const { supervisor } = supervise();
    await expect.poll(() => double.asked.filter((what) => what.endsWith("unanswered")).length).toBe(1);
    supervisor.leave();
    await stop(supervisor);
    expect([isAlive(before), record(), double.notes]).toEqual([true, before, ["started"]]);
    double.answerAgain();
    await supervise().supervisor.waitUp(never);
    expect(record()).toEqual(before);
  });

  it("is ended where the agent is stopped before it answered, and no other one is started", async () => {
    const { double } = await left();
    const before = record();
    double.fallSilent();
    const { supervisor } = supervise();
    await stop(supervisor);
    expect(isAlive(before)).toBe(false);
    expect(double.notes).toEqual(["started", "SIGTERM"]);
  });

  it("is ended in order where it has another configuration", async () => {
    const { double } = await left();
    const before = record();
    const { supervisor } = supervise({}, { config: { share: "disabled" } });
    await supervisor.waitUp(never);
    expect(isAlive(before)).toBe(false);
    expect(double.notes).toEqual(["started", "dispose", "SIGTERM", "started"]);
  });

  it("is ended where the server itself is gone and only its tools run", async () => {
    await left({ tool: "setsid sleep 3459" });
    const { pid, run } = record();
    await expect.poll(() => sleepers(run, 3459).length).toBe(1);
    const [tool] = sleepers(run, 3459) as [ProcessIdentity];
    process.kill(pid, "SIGKILL");
    const { supervisor } = supervise();
    await supervisor.waitUp(never);
    expect(isAlive(tool)).toBe(false);
  });

  // I6
  it("is found by the name of its run where the agent died before it could note the pid", async () => {
    const orphan = await innocent(3460, { env: { PATH: process.env["PATH"], HAL_OPENCODE_RUN: "run-without-a-pid" } });
    writeFileSync(
      join(folder, "opencode-starting.json"),
      JSON.stringify({ run: "run-without-a-pid", bootId: bootId() }),
    );
    const { supervisor } = supervise();
    await supervisor.waitUp(never);
    expect(isAlive(orphan)).toBe(false);
  });

  // I6
  it.each([
    ["started at another time", (one: object) => ({ ...one, startTime: "1" })],
    ["is of another boot of the machine", (one: object) => ({ ...one, bootId: "another" })],
  ])("is not mistaken for a process that has its pid now and %s", async (_name, change) => {
    const other = await innocent(3461);
    const noted = { ...other, bootId: bootId(), run: "r", port: 1, password: "p", setup: "s" };
    writeFileSync(join(folder, "opencode-server.json"), JSON.stringify(change(noted)));
    const { supervisor } = supervise();
    await supervisor.waitUp(never);
    expect(isAlive(other)).toBe(true);
  });
});
