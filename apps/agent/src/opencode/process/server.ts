import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Clock, hashSecret, type Logger, newToken, newUuid, sleep } from "@hal/daemon";
import type { AgentConfig } from "../../config.ts";
import { awaitReady } from "./await-ready.ts";
import { authorizationOf, baseUrlOf, type OpencodeAddress } from "../address.ts";
import { endLeftovers, endProcesses, startedBy } from "../os/end-processes.ts";
import { opencodeEnvironment, prepareOpencode } from "./environment.ts";
import { findCommand } from "./find-command.ts";
import { healthOf, listenerOf } from "./health.ts";
import { askHttp } from "../http.ts";
import { bootId, isAlive, type ProcessIdentity, readProcess } from "../os/process-table.ts";
import { readBeginning, readRecord, removeFile, type ServerRecord, writeFile } from "./record.ts";

/** A reason why there is no server, in words for a person. */
export class NoServer extends Error {
  readonly state: "missing" | "down";
  /** whether one was started, and failed: that counts against the budget */
  readonly wasStarted: boolean;

  constructor(state: "missing" | "down", reason: string, wasStarted = false) {
    super(reason);
    this.state = state;
    this.wasStarted = wasStarted;
  }
}

export interface ServerOptions {
  readonly config: AgentConfig["opencode"];
  readonly port: number;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Logger;
}

type Ending = Pick<ServerOptions, "dataDir" | "clock">;

/** Why an agent stops that leaves its server to the next one. */
export const LEFT = Symbol("left to the next agent");

const ADOPT_MS = 20_000;
const HEALTH_MS = 5_000;

/** One running `opencode serve` that this agent, or an earlier run of it, started. */
export interface RunningServer extends OpencodeAddress {
  readonly pid: number;
  readonly process: ProcessIdentity;
  readonly version: string;
  /** milliseconds since 1970, and not later than it began to read anything; 0 where it is not known */
  readonly startedAt: number;
}

/**
 * Takes over the server that an earlier run of this agent left behind, if it is alive and answers; ends it otherwise. Where `signal`
 * aborts with LEFT that is for the next agent.
 */
export async function adoptServer(options: ServerOptions, signal: AbortSignal): Promise<RunningServer | undefined> {
  const record = readRecord(recordFile(options));
  if (record === undefined || !isThere(record)) {
    await endEarlier(options);
    return undefined;
  }
  await endUnrecorded(options, record);
  const isOurs = (options.port === 0 || options.port === record.port) && record.setup === setupOf(options);
  // one that is still starting, or has much to do, is not given up at its first silence: turns would end with it
  const version = isOurs ? await answerOf(record, { clock: options.clock, withinMs: ADOPT_MS }, signal) : undefined;
  if (version !== undefined) return { ...record, process: record, version };
  if (isOurs && signal.aborted && signal.reason === LEFT) return undefined;
  const why = isOurs ? "does not answer" : "has another configuration or port";
  if (!signal.aborted) options.log.warn({ pid: record.pid }, `the opencode of an earlier run ${why}; ending it`);
  await stopServer({ ...record, process: record, version: "" }, options);
  return undefined;
}

/**
 * Ends the server that an earlier run of the agent left behind, and all that it started. Returns its pid; undefined where there was none
 * any more.
 */
export async function endEarlier(options: Ending): Promise<number | undefined> {
  const record = readRecord(recordFile(options));
  await endUnrecorded(options, record);
  if (record === undefined) return undefined;
  if (isThere(record)) {
    await stopServer({ ...record, process: record, version: "" }, options);
    return record.pid;
  }
  if (record.bootId === bootId()) await endLeftovers(record.run, options.clock);
  removeFile(recordFile(options));
  return undefined;
}

function isThere(record: ServerRecord): boolean {
  return record.bootId === bootId() && isAlive(record);
}

/** An agent that died between starting a server and noting it has left one that nobody could ask anything. */
async function endUnrecorded(options: Ending, record: ServerRecord | undefined): Promise<void> {
  const begun = readBeginning(beginningFile(options));
  if (begun !== undefined && begun.run !== record?.run && begun.bootId === bootId())
    await endLeftovers(begun.run, options.clock);
  removeFile(beginningFile(options));
}

/** Starts a server and waits until it answers, the longer the more attempts failed. */
export async function startServer(
  options: ServerOptions,
  attempt: number,
  signal: AbortSignal,
): Promise<RunningServer> {
  if (signal.aborted) throw new NoServer("down", "the agent is stopping");
  const { config, env } = options;
  const command = findCommand(config.command, env["PATH"] ?? "");
  if (command === undefined)
    throw new NoServer(
      "missing",
      config.command.includes("/")
        ? `${config.command} (opencode.command) cannot be run`
        : `no ${config.command} on PATH; install it (npm install -g opencode-ai) or name it in opencode.command`,
    );
  const port = options.port === 0 ? await freePort() : options.port;
  if (!(await isFree(port)))
    throw new NoServer("down", `port ${port} (opencode_port) is taken by a program that this agent did not start`);
  const [password, run] = [newToken(), newUuid()];
  const environment = opencodeEnvironment(config, { env, dataDir: options.dataDir, password, run });
  prepareOpencode(config, environment);
  const server = await spawnServer(command, { ...options, port, password, run, environment });
  return waitReady(server, { command, environment, options, attempt }, signal);
}

interface ReadyOptions {
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly options: ServerOptions;
  readonly attempt: number;
}

interface Spawning extends ServerOptions {
  readonly password: string;
  readonly run: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** In a session of its own, so that it outlives a crash of the agent and is adopted, not killed by a Ctrl-C. */
async function spawnServer(command: string, options: Spawning): Promise<ServerRecord> {
  const log = openSync(logFile(options), "w", 0o600);
  const startedAt = options.clock.now();
  writeFile(beginningFile(options), { run: options.run, bootId: bootId() });
  try {
    const child = spawn(command, ["serve", "--hostname", "127.0.0.1", "--port", String(options.port)], {
      cwd: options.environment["XDG_DATA_HOME"],
      env: options.environment,
      detached: true,
      stdio: ["ignore", log, log],
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => reject(new NoServer("missing", `${command} cannot be run: ${error.message}`)));
    });
    child.unref();
    const pid = child.pid as number;
    const record = {
      pid,
      startTime: readProcess(pid)?.startTime ?? "",
      bootId: bootId(),
      run: options.run,
      port: options.port,
      password: options.password,
      startedAt,
      setup: setupOf(options),
    };
    writeFile(recordFile(options), record);
    removeFile(beginningFile(options));
    return record;
  } finally {
    closeSync(log);
  }
}

async function waitReady(
  record: ServerRecord,
  { command, environment, options, attempt }: ReadyOptions,
  signal: AbortSignal,
): Promise<RunningServer> {
  const { clock, config } = options;
  const patienceMs = config.start_timeout_seconds * 1_000;
  const starting = { command, environment, clock, attempt, patienceMs, logFile: logFile(options) };
  const started = await awaitReady(record, starting, signal);
  if (started.ok) return { ...record, process: record, version: started.version };
  await stopServer({ ...record, process: record, version: "" }, options);
  throw new NoServer("down", started.reason, true);
}

/** Asks a server until it answers; undefined where it ended or the time is over. */
async function answerOf(
  record: ServerRecord,
  { clock, withinMs }: { readonly clock: Clock; readonly withinMs: number },
  signal: AbortSignal,
): Promise<string | undefined> {
  const limit = clock.monotonic() + withinMs;
  while (clock.monotonic() < limit && isAlive(record) && !signal.aborted) {
    const health = await healthOf(record);
    if (health.kind === "up") return health.version;
    await sleep(100, signal);
  }
  return undefined;
}

/** Ends a server and everything it started, in order where it still answers. */
export async function stopServer(server: RunningServer, options: Ending): Promise<void> {
  // opencode's tools survive a signal to their server; after it ended nobody knows whose they were
  const whole = { pid: server.process.pid, run: server.run };
  const below = startedBy(whole);
  if (isAlive(server.process)) await dispose(server);
  await endProcesses([server.process, ...startedBy(whole), ...below], server.run, options.clock);
  removeFile(recordFile(options));
}

async function dispose(server: RunningServer): Promise<void> {
  if (listenerOf(server) === "a stranger") return;
  try {
    const headers = { authorization: authorizationOf(server) };
    const asked = { url: `${baseUrlOf(server)}/global/dispose`, method: "POST", headers } as const;
    await askHttp(asked, JSON.parse, AbortSignal.timeout(HEALTH_MS));
  } catch {
    return; // it does not answer: the signals below do
  }
}

/** A hash of the configuration that a server runs with: one with another may not be adopted. */
function setupOf({ config, dataDir }: Pick<ServerOptions, "config" | "dataDir">): string {
  // how patiently one is started changes nothing about one that runs
  const { start_timeout_seconds: _, ...rest } = config;
  return hashSecret(JSON.stringify([rest, dataDir]));
}

/** Where the agent keeps how its opencode is found. */
export function recordFile({ dataDir }: Pick<ServerOptions, "dataDir">): string {
  return join(dataDir, "opencode-server.json");
}

/** Written before a server is started, so that one is found whose pid could not be noted any more. */
function beginningFile({ dataDir }: Pick<ServerOptions, "dataDir">): string {
  return join(dataDir, "opencode-starting.json");
}

function logFile({ dataDir }: Pick<ServerOptions, "dataDir">): string {
  return join(dataDir, "opencode-server.log");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
