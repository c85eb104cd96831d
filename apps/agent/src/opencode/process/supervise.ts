import { type Credential, HalError, type HalEvent, type LoginReport, type OpencodeReport } from "@hal/protocol";
import { backoffMs, errorText, sleep, Wakeup } from "@hal/daemon";
import type { BackEnd } from "../../back-end.ts";
import type { Opencode } from "../../context.ts";
import { RestartBudget } from "./domain/restart-budget.ts";
import { SizeJudge } from "./domain/size-judge.ts";
import type { Secrets } from "./domain/secrets.ts";
import { isTestedVersion, TESTED_OPENCODE } from "./domain/versions.ts";
import type { OpencodeAddress } from "../address.ts";
import { readCredentials, readSubscriptions, secretsReader } from "./credentials.ts";
import { readProcess } from "../os/process-table.ts";
import {
  adoptServer,
  LEFT,
  NoServer,
  type RunningServer,
  type ServerOptions,
  startServer,
  stopServer,
} from "./server.ts";
import { type ChangedConfig, type WatchEnd, watchServer } from "./watch-server.ts";
import { WATCH, type WatchTimes } from "./watch-times.ts";

const RESTART_WITHIN_MS = 10 * 60_000;
const RESTART_PAUSE_MS = 5 * 60_000;

const MIB = 1024 * 1024;

export interface SuperviseOptions extends ServerOptions {
  /** whether nothing would be lost if the server were replaced now */
  readonly isIdle: () => Promise<boolean>;
  readonly changedConfig: ChangedConfig;
  /** how a server that is up is asked; no secret is in what it says */
  readonly connect: (address: OpencodeAddress, secrets: () => Secrets) => BackEnd;
  /** hears which run of opencode lives, before anybody can ask it, and as soon as one is known to have ended that none does */
  readonly onRun: (run: string | undefined) => Promise<void>;
  readonly watch?: Partial<WatchTimes>;
  /** tokens and the like of the agent, which nobody is told either */
  readonly ownSecrets: () => readonly string[];
}

/** Somebody may log in while it runs. */
const LOGINS_MS = 30_000;

/** Keeps one `opencode serve` up: starts or adopts it, watches it, starts it again with back-off, ends it at last, or leaves it to the next agent. */
export class OpencodeSupervisor implements Opencode, AsyncDisposable {
  readonly #options: SuperviseOptions;
  readonly #budget: RestartBudget;
  readonly #tell: (event: HalEvent) => void;
  readonly #watching: WatchTimes;
  readonly #stop = new AbortController();
  readonly #wakeup = new Wakeup();
  readonly #secrets: () => Secrets;
  readonly #running: Promise<void>;
  #server: RunningServer | undefined;
  #logins: { readonly readAt: number; readonly logins: readonly LoginReport[] } | undefined;
  #api: BackEnd | undefined;
  #report: OpencodeReport;
  /** whether a server is on its way: being started, or about to be after one that ended */
  #isComing = true;
  /** whether the next agent takes the server over */
  #isLeft = false;
  /** whether this server took the place of one that was too big */
  #wasTooBig = false;
  onChange: () => void = () => undefined;

  constructor(options: SuperviseOptions, tell: (event: HalEvent) => void) {
    this.#options = options;
    this.#budget = new RestartBudget({
      starts: options.config.max_restarts,
      withinMs: RESTART_WITHIN_MS,
      pauseMs: RESTART_PAUSE_MS,
    });
    this.#secrets = secretsReader(options, () => this.#server?.password);
    this.#tell = tell;
    this.#watching = { ...WATCH, ...options.watch };
    this.#report = { state: "starting", since: options.clock.now() };
    this.#running = this.#run();
  }

  report(): OpencodeReport {
    const rssBytes = this.#server === undefined ? undefined : readProcess(this.#server.process.pid)?.rssBytes;
    const logins = this.#subscriptions();
    return {
      ...this.#report,
      ...(rssBytes === undefined ? {} : { rssBytes }),
      ...(logins.length === 0 ? {} : { logins: [...logins] }),
    };
  }

  /** Read now and then: whoever asks for a report asks often. */
  #subscriptions(): readonly LoginReport[] {
    const { config, dataDir, clock } = this.#options;
    const now = clock.monotonic();
    if (this.#logins === undefined || now - this.#logins.readAt >= LOGINS_MS)
      this.#logins = { readAt: now, logins: readSubscriptions(config, dataDir) };
    return this.#logins.logins;
  }

  hide(text: string): string {
    return this.#secrets().hide(text);
  }

  credentials(): readonly Credential[] {
    return readCredentials(this.#options.config, this.#options.dataDir);
  }

  api(): BackEnd {
    if (this.#api !== undefined) return this.#api;
    const { state, reason } = this.#report;
    throw new HalError("opencode_unavailable", `opencode is ${state}${reason === undefined ? "" : `: ${reason}`}`);
  }

  /** Resolves when a server is up, or `signal` aborts. */
  async waitUp(signal: AbortSignal): Promise<void> {
    while (this.#api === undefined && !signal.aborted) await this.#wakeup.arm(signal);
  }

  /** Resolves when a server is up, when none is on its way, or `signal` aborts. */
  async waitComing(signal: AbortSignal): Promise<void> {
    while (this.#api === undefined && this.#isComing && !signal.aborted) await this.#wakeup.arm(signal);
  }

  /** The server lives on when this is disposed of, with what works in it: the next agent adopts it. */
  leave(): void {
    this.#isLeft = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(this.#isLeft ? LEFT : undefined);
    await this.#running;
    if (this.#server === undefined || this.#isLeft) return;
    await stopServer(this.#server, this.#options);
    await this.#runIs(undefined);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { clock } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      this.#isComing = true;
      let wasStarted = true;
      try {
        const server = (await this.#adopt(signal)) ?? (await startServer(this.#options, failures + 1, signal));
        await this.#runIs(server.run);
        this.#up(server);
        const upSince = clock.monotonic();
        const end = await this.#watch(server, signal);
        if (signal.aborted) return;
        if (clock.monotonic() - upSince > 60_000) failures = 0;
        this.#over(end);
        // one that does not answer is ended now, and what it says under way is no fact about its turns
        await this.#runIs(undefined);
        await stopServer(server, this.#options);
        this.#server = undefined;
        if (end.kind === "outdated") continue;
        this.#wasTooBig = end.kind === "too big";
        if (this.#wasTooBig) continue;
      } catch (error) {
        this.#server = undefined;
        if (signal.aborted) return;
        wasStarted = error instanceof NoServer && error.wasStarted;
        if (!(error instanceof NoServer)) this.#options.log.error({ error }, "opencode could not be started");
        this.#down(error instanceof NoServer ? error.state : "down", errorText(error));
        this.#giveUpComing();
      }
      await this.#pause(failures, wasStarted, signal);
      failures += 1;
    }
  }

  async #adopt(signal: AbortSignal): Promise<RunningServer | undefined> {
    const server = await adoptServer(this.#options, signal);
    if (server === undefined && !signal.aborted) await this.#runIs(undefined);
    return server;
  }

  /** What could not be kept is told when the next run is up. */
  async #runIs(run: string | undefined): Promise<void> {
    try {
      await this.#options.onRun(run);
    } catch (error) {
      this.#options.log.error({ error }, "the end of opencode's run could not be told yet");
    }
  }

  async #pause(failures: number, wasStarted: boolean, signal: AbortSignal): Promise<void> {
    const extra = wasStarted ? this.#budget.take(this.#options.clock.monotonic()) : 0;
    if (extra > 0) {
      const { reason } = this.#report;
      const { max_restarts: most } = this.#options.config;
      this.#down("down", `${reason ?? "it ended"}; started more than ${most} times within 10 min, next try in 5 min`);
      this.#giveUpComing();
    }
    await sleep(extra + backoffMs(failures, { baseMs: 500, maxMs: 30_000 }), signal);
  }

  #watch(server: RunningServer, signal: AbortSignal): Promise<WatchEnd> {
    const { changedConfig, clock, config, isIdle, log } = this.#options;
    const mostBytes = config.max_rss_mb * MIB;
    const size = new SizeJudge({ mostBytes, isReplacement: this.#wasTooBig });
    const watching = { clock, log, times: this.#watching, mostBytes, size, isIdle, changedConfig };
    return watchServer(server, watching, signal);
  }

  /** What waited for a server hears that there is none for now. */
  #giveUpComing(): void {
    this.#isComing = false;
    this.#wakeup.notify();
  }

  #over(end: WatchEnd): void {
    if (!("rssBytes" in end)) {
      this.#down("down", end.reason);
      return;
    }
    const { clock, config, log } = this.#options;
    const data = { rssBytes: end.rssBytes, limitBytes: config.max_rss_mb * MIB, ...reasonOf(end) };
    this.#api = undefined;
    const reason = `replaced, because ${data.reason ?? "it had grown too big"}`;
    this.#report = { state: "starting", since: clock.now(), reason };
    const message =
      end.kind === "too big" ? "has grown too big and is idle" : "is idle and could not read what was changed";
    log.info(data, `opencode ${message}: starting a new one`);
    this.#tell({ type: "opencode.recycled", at: clock.now(), data });
    this.onChange();
  }

  #up(server: RunningServer): void {
    const { clock, log } = this.#options;
    const tested = isTestedVersion(server.version);
    this.#server = server;
    this.#api = this.#options.connect(server, this.#secrets);
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
  #down(state: "missing" | "down", why: string): void {
    const { clock, log } = this.#options;
    const reason = this.#secrets().hide(why);
    this.#api = undefined;
    if (this.#report.state === state && this.#report.reason === reason) return;
    this.#report = { state, reason, since: clock.now() };
    log.error({ reason }, state === "missing" ? "opencode is missing" : "opencode is down");
    this.#tell({ type: "opencode.down", at: clock.now(), data: { reason } });
    this.onChange();
  }
}

/** Nothing is said of its size, for which it was always replaced. */
function reasonOf(end: Extract<WatchEnd, { readonly rssBytes: number }>): { readonly reason?: string } {
  return end.kind === "too big" ? {} : { reason: `this was changed, which it could not read: ${end.files.join(", ")}` };
}
