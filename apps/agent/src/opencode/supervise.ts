import { HalError, type HalEvent, type OpencodeReport } from "@hal/protocol";
import { backoffMs, sleep, Wakeup } from "@hal/daemon";
import type { Opencode, OpencodeApi } from "../context.ts";
import { isTestedVersion, TESTED_OPENCODE } from "../domain/versions.ts";
import { connectOpencode } from "./client.ts";
import { isAlive, readProcess } from "./process-table.ts";
import {
  adoptServer,
  healthOf,
  NoServer,
  type RunningServer,
  type ServerOptions,
  startServer,
  stopServer,
} from "./server.ts";

const ALIVE_EVERY_MS = 250;
const HEALTH_EVERY_MS = 10_000;
/** So many health checks in a row may fail before a server that does not answer is replaced. */
const HEALTH_FAILURES = 3;

/** Keeps one `opencode serve` up: starts or adopts it, watches it, starts it again with back-off, ends it at last. */
export class OpencodeSupervisor implements Opencode, AsyncDisposable {
  readonly #options: ServerOptions;
  readonly #tell: (event: HalEvent) => void;
  readonly #stop = new AbortController();
  readonly #wakeup = new Wakeup();
  readonly #running: Promise<void>;
  #server: RunningServer | undefined;
  #api: OpencodeApi | undefined;
  #report: OpencodeReport;
  onChange: () => void = () => undefined;

  constructor(options: ServerOptions, tell: (event: HalEvent) => void) {
    this.#options = options;
    this.#tell = tell;
    this.#report = { state: "starting", since: options.clock.now() };
    this.#running = this.#run();
  }

  report(): OpencodeReport {
    const rssBytes = this.#server === undefined ? undefined : readProcess(this.#server.process.pid)?.rssBytes;
    return rssBytes === undefined ? this.#report : { ...this.#report, rssBytes };
  }

  api(): OpencodeApi {
    if (this.#api !== undefined) return this.#api;
    const { state, reason } = this.#report;
    throw new HalError("opencode_unavailable", `opencode is ${state}${reason === undefined ? "" : `: ${reason}`}`);
  }

  /** Resolves when a server is up, or `signal` aborts. */
  async waitUp(signal: AbortSignal): Promise<void> {
    while (this.#api === undefined && !signal.aborted) await this.#wakeup.arm(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    if (this.#server !== undefined) await stopServer(this.#server, this.#options);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { clock } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const server = (await adoptServer(this.#options)) ?? (await startServer(this.#options, signal));
        this.#up(server);
        const upSince = clock.monotonic();
        const why = await this.#watch(server, signal);
        if (signal.aborted) return;
        if (clock.monotonic() - upSince > 60_000) failures = 0;
        this.#down("down", why);
        await stopServer(server, this.#options);
        this.#server = undefined;
      } catch (error) {
        this.#server = undefined;
        if (signal.aborted) return;
        if (!(error instanceof NoServer)) this.#options.log.error({ error }, "opencode could not be started");
        this.#down(error instanceof NoServer ? error.state : "down", (error as Error).message);
      }
      await sleep(backoffMs(failures, { baseMs: 500, maxMs: 30_000 }), signal);
      failures += 1;
    }
  }

  /** Resolves with the reason when the server is gone or does not answer any more. */
  async #watch(server: RunningServer, signal: AbortSignal): Promise<string> {
    const { clock } = this.#options;
    let checkedAt = clock.monotonic();
    let failed = 0;
    while (!signal.aborted) {
      await sleep(ALIVE_EVERY_MS, signal);
      if (!isAlive(server.process)) return "opencode serve ended by itself or was killed";
      if (clock.monotonic() - checkedAt < HEALTH_EVERY_MS) continue;
      failed = (await healthOf(server)) === undefined ? failed + 1 : 0;
      checkedAt = clock.monotonic();
      if (failed >= HEALTH_FAILURES) return `opencode serve did not answer ${failed} health checks`;
    }
    return "the agent is stopping";
  }

  #up(server: RunningServer): void {
    const { clock, log } = this.#options;
    const tested = isTestedVersion(server.version);
    this.#server = server;
    this.#api = connectOpencode(server);
    this.#report = {
      state: "up",
      version: server.version,
      tested,
      ...(tested ? {} : { reason: `opencode ${server.version} is outside of the tested versions ${TESTED_OPENCODE}` }),
      since: clock.now(),
    };
    if (tested) log.info({ version: server.version, port: server.port }, "opencode is up");
    else
      log.warn({ version: server.version, tested: TESTED_OPENCODE }, "opencode is up in a version that is not tested");
    this.#tell({ type: "opencode.up", at: clock.now(), data: { version: server.version, pid: server.process.pid } });
    this.#wakeup.notify();
    this.onChange();
  }

  /** One line and one event per change, not per attempt. */
  #down(state: "missing" | "down", reason: string): void {
    const { clock, log } = this.#options;
    this.#api = undefined;
    if (this.#report.state === state && this.#report.reason === reason) return;
    this.#report = { state, reason, since: clock.now() };
    log.error({ reason }, state === "missing" ? "opencode is missing" : "opencode is down");
    this.#tell({ type: "opencode.down", at: clock.now(), data: { reason } });
    this.onChange();
  }
}
