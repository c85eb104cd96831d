import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createHttpClient, type OperatorClient } from "@hal/protocol";
import { eventually } from "../../e2e/harness/eventually.ts";
import { freePort } from "../../e2e/harness/free-port.ts";
import { executable, Program } from "../../e2e/harness/program.ts";
import { profiling, profilingEnv } from "./profiling.ts";

const TOKEN = "a-token-for-benchmarks-that-is-long-enough";
const PROBE_FILE = "probe.json";
const PROBE_LIMIT_MS = 60_000;
const READY_STEP_MS = 2;
const READY_LIMIT_MS = 120_000;

/** How long the event loop was held up since the last look, in milliseconds. */
export interface Lag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface BenchSupervisorOptions {
  /** what is loaded beside it, for `lag()` or `collectGarbage()`; costs a little memory and time at the start */
  readonly probe?: "lag" | "gc";
  /** the section of that name */
  readonly policies?: object;
  /** the section of that name */
  readonly channels?: object;
}

/** The built supervisor as a process, with a folder of its own. */
export class BenchSupervisor implements AsyncDisposable {
  readonly token = TOKEN;
  readonly database: string;
  /** from the start of the process to the first good answer of /readyz */
  readyMs = Number.NaN;
  readonly #folder: string;
  readonly #ports: { readonly socket: number; readonly http: number };
  #program: Program | undefined;
  readonly #probe: NodeJS.ProcessEnv;
  #probed = 0;

  private constructor(
    folder: string,
    ports: { readonly socket: number; readonly http: number },
    probe: "lag" | "gc" | undefined,
  ) {
    this.#folder = folder;
    this.#ports = ports;
    this.#probe =
      probe === undefined
        ? profilingEnv()
        : {
            NODE_OPTIONS: `--import=${new URL(`${probe}-probe.mjs`, import.meta.url).href}`,
            HAL_BENCH_PROBE: path.join(folder, PROBE_FILE),
          };
    this.database = databaseIn(folder);
  }

  /** Starts one in that folder and waits until it is ready; a database that is there already is used. */
  static async start(folder: string, options: BenchSupervisorOptions = {}): Promise<BenchSupervisor> {
    const ports = { socket: await freePort(), http: await freePort() };
    const supervisor = new BenchSupervisor(folder, ports, options.probe);
    const server = {
      host: "127.0.0.1",
      port: ports.socket,
      http_port: ports.http,
      auth_token: TOKEN,
    };
    writeFileSync(
      supervisor.#config,
      JSON.stringify({
        server,
        database: { path: supervisor.database },
        policies: options.policies,
        channels: options.channels,
      }),
    );
    await supervisor.restart();
    return supervisor;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#ports.socket}`;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.#ports.http}`;
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** An operator's client over HTTP; `onAnswer` hears of each answer that begins. */
  client(onAnswer: () => void): OperatorClient {
    const ask = async (url: string, init: RequestInit): Promise<Response> => {
      const response = await fetch(url, init);
      onAnswer();
      return response;
    };
    return createHttpClient({ url: this.httpUrl, token: TOKEN, fetch: ask });
  }

  /** Starts it again on its folder, after `stop` or `kill`. */
  async restart(): Promise<void> {
    const began = performance.now();
    this.#program = new Program({
      label: "supervisor",
      file: executable("hal-supervisor"),
      args: ["--config", this.#config],
      cwd: this.#folder,
      env: {
        PATH: process.env["PATH"],
        HOME: this.#folder,
        LOG_LEVEL: "warn",
        ...this.#probe,
      },
    });
    this.#probed = 0;
    while (!(await this.#isReady())) {
      if (!this.#program.isRunning || performance.now() - began > READY_LIMIT_MS)
        throw new Error(`the supervisor does not come up:\n${this.#program.log}`);
      await delay(READY_STEP_MS);
    }
    this.readyMs = performance.now() - began;
  }

  /** What the event loop went through since the last call, or since the start; needs the probe `lag`. */
  lag(): Promise<Lag> {
    return this.#askProbe<Lag>();
  }

  /** Says what the heap of its main thread holds then; needs the probe `gc`. */
  collectGarbage(): Promise<{ readonly heapBytes: number }> {
    return this.#askProbe();
  }

  async stop(): Promise<void> {
    await this.#program?.stop();
  }

  /** As a power cut would end it. */
  async kill(): Promise<void> {
    await this.#program?.kill();
  }

  get #running(): Program {
    if (this.#program === undefined) throw new Error("the supervisor was not started");
    return this.#program;
  }

  get #config(): string {
    return path.join(this.#folder, "supervisor.config.json");
  }

  #askProbe<T>(): Promise<T> {
    this.#probed += 1;
    process.kill(this.pid, "SIGUSR2");
    return eventually(() => {
      const answer = JSON.parse(readFileSync(path.join(this.#folder, PROBE_FILE), "utf8")) as T & {
        readonly count: number;
      };
      if (answer.count !== this.#probed) throw new Error("the probe has not answered");
      return answer;
    }, PROBE_LIMIT_MS);
  }

  async #isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.httpUrl}/readyz`);
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false; // it does not listen yet
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    // a program that is killed writes no profile
    return profiling.folder === undefined ? this.kill() : this.stop();
  }
}

/** Where the supervisor of a folder keeps its database. */
export function databaseIn(folder: string): string {
  return path.join(folder, "supervisor.db");
}
