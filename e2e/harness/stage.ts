import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EventView, InteractionView, MessageView, NodeView, SessionView } from "@hal/protocol";
import { type ModelProvider, OFFLINE_OPENCODE, startModelProvider } from "@hal/testkit";
import { Agent, type AgentOptions } from "./agent.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";
import { Halctl } from "./halctl.ts";
import { processesOf } from "./processes.ts";
import { type Builds, buildsOf, executable, KEPT_RUNS, Program } from "./program.ts";
import { endWithUs, forget } from "./reaper.ts";
import { statusOf } from "./status-of.ts";

const ANSWER_MS = 20_000;
const TOKEN = "a-token-for-stories-that-is-long-enough";

export interface StageOptions {
  /** variables for the supervisor and all agents */
  readonly env?: (folder: string) => NodeJS.ProcessEnv;
  /** what the programs are started from, where not all are of this tree */
  readonly builds?: Builds;
  readonly heartbeat?: { readonly seconds: number; readonly count: number };
  /** for TLS on both ports: where certificate and key are */
  readonly tls?: (folder: string) => { readonly cert_path: string; readonly key_path: string };
  /** whether several sessions of a project may be active at a time, which is what most stories need */
  readonly parallel?: boolean;
}

interface AgentExtras {
  /** opencode's rules about what it must ask */
  readonly permission?: unknown;
  /** keys of the section `opencode` beside those that the stage sets */
  readonly opencodeLimits?: Readonly<Record<string, unknown>>;
}

/** One supervisor, any number of agents, a scripted model and a terminal, all in one temporary folder. */
export class Stage implements AsyncDisposable {
  readonly folder: string;
  /** what it and new agents come with */
  token = TOKEN;
  readonly provider: ModelProvider;
  readonly ports: { readonly socket: number; readonly http: number };
  readonly halctl: Halctl;
  /** may be changed: a program that is started later is started from there */
  readonly builds: Builds;
  readonly #opencode: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #agents: Agent[] = [];
  readonly #supervisors: Program[] = [];
  #scheme = "http";

  private constructor(
    folder: string,
    provider: ModelProvider,
    ports: Stage["ports"],
    opencode: string,
    { env, builds }: { readonly env: NodeJS.ProcessEnv; readonly builds: Builds },
  ) {
    this.folder = folder;
    this.builds = builds;
    this.#env = env;
    this.provider = provider;
    this.ports = ports;
    this.#opencode = opencode;
    this.halctl = new Halctl({ url: `ws://127.0.0.1:${ports.socket}`, token: TOKEN, cwd: folder, builds });
  }

  /** `opencode` is the path of the program. */
  static async open(opencode: string, options: StageOptions = {}): Promise<Stage> {
    const folder = mkdtempSync(path.join(tmpdir(), "hal story "));
    endWithUs("folder", folder);
    const ports = { socket: await freePort(), http: await freePort() };
    const started = { env: options.env?.(folder) ?? {}, builds: options.builds ?? buildsOf() };
    const stage = new Stage(folder, await startModelProvider(), ports, opencode, started);
    stage.#writeSupervisorConfig(options.heartbeat ?? { seconds: 1, count: 3 }, options.tls?.(folder));
    if (options.parallel !== false) stage.letSessionsBeParallel();
    return stage;
  }

  get supervisorConfig(): string {
    return path.join(this.folder, "supervisor.config.json");
  }

  get supervisorDatabase(): string {
    return path.join(this.folder, "supervisor", "supervisor.db");
  }

  get supervisor(): Program {
    return this.#supervisors.at(-1) as Program;
  }

  /** Lets several sessions of a project be active at a time, as far as the supervisor that is started next has a word for it. */
  letSessionsBeParallel(): void {
    const config = JSON.parse(readFileSync(this.supervisorConfig, "utf8")) as Record<string, unknown>;
    const keys = readFileSync(path.join(this.builds["hal-supervisor"], "docs", "configuration.md"), "utf8");
    const sessions = keys.includes("`sessions.parallel`") ? { parallel: true } : undefined;
    writeFileSync(this.supervisorConfig, JSON.stringify({ ...config, sessions }, null, 2));
  }

  /** Starts the supervisor and waits until it is ready. */
  async startSupervisor(): Promise<Program> {
    const program = this.launchSupervisor();
    await this.supervisorReady();
    return program;
  }

  async supervisorReady(): Promise<void> {
    await eventually(async () => {
      const status = await statusOf(`${this.#scheme}://127.0.0.1:${this.ports.http}/readyz`);
      if (status !== 200) throw new Error(`/readyz answers ${status}`);
    });
  }

  /** Starts the supervisor, or one of its verbs, and does not wait. */
  launchSupervisor(...verb: readonly string[]): Program {
    const program = new Program({
      label: "supervisor",
      file: executable("hal-supervisor", this.builds),
      args: [...verb, "--config", this.supervisorConfig],
      cwd: this.folder,
      env: { PATH: process.env["PATH"], HOME: this.folder, ...this.#env },
    });
    this.#supervisors.push(program);
    if (this.#supervisors.length > KEPT_RUNS) this.#supervisors.shift();
    return program;
  }

  /** Writes an agent's configuration; `start()` on it starts it. */
  agent(name: string, options: Partial<AgentOptions> & AgentExtras = {}): Agent {
    const folder = path.join(this.folder, name);
    const agent = new Agent({
      name,
      folder,
      projects: [name],
      supervisorUrl: `ws://127.0.0.1:${this.ports.socket}`,
      token: this.token,
      opencode: {
        command: this.#opencode,
        env: { ...OFFLINE_OPENCODE, XDG_CONFIG_HOME: path.join(folder, "config") },
        config: { ...this.provider.opencodeConfig(), permission: options.permission ?? {} },
        ...options.opencodeLimits,
      },
      env: this.#env,
      builds: this.builds,
      ...options,
    });
    this.#agents.push(agent);
    return agent;
  }

  /** Waits until the agent's node is there with opencode up. */
  async nodeUp(agent: Agent): Promise<NodeView> {
    return eventually(async () => {
      const node = await this.api<NodeView>(`/nodes/${agent.nodeId}`);
      if (node.status !== "online" || node.opencode.state !== "up") throw new Error(`${node.name}: ${node.reason}`);
      return node;
    }, 40_000);
  }

  /** What the HTTP API answers under `data`. */
  api<T>(route: string): Promise<T> {
    return this.#ask("GET", route);
  }

  /** What it answers to a change that is asked for; one that is asked for again with the same key is made once. */
  post<T>(route: string, body: object, key?: string): Promise<T> {
    return this.#ask("POST", route, body, key);
  }

  async #ask<T>(method: string, route: string, asked?: object, key?: string): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.ports.http}/api/v1${route}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        "content-type": "application/json",
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(asked === undefined ? {} : { body: JSON.stringify(asked) }),
    });
    const body = (await response.json()) as { readonly data: T; readonly error?: string };
    if (!response.ok) throw new Error(`${route}: ${response.status} ${body.error ?? ""}`);
    return body.data;
  }

  session(ref: string): Promise<SessionView> {
    return this.api(`/sessions/${ref}`);
  }

  messages(ref: string): Promise<MessageView[]> {
    return this.api(`/sessions/${ref}/messages?limit=1000`);
  }

  /** Oldest first. */
  async events(filter: Readonly<Record<string, string>>): Promise<EventView[]> {
    const query = new URLSearchParams({ limit: "1000", ...filter }).toString();
    return (await this.api<EventView[]>(`/events?${query}`)).toReversed();
  }

  /** Waits until a session is in that status. */
  async sessionIn(ref: string, status: SessionView["status"], withinMs?: number): Promise<SessionView> {
    return eventually(async () => {
      const session = await this.session(ref);
      if (session.status !== status) throw new Error(`${ref} is ${session.status} (${session.reason}), not ${status}`);
      return session;
    }, withinMs);
  }

  /** Waits until a session asks something. */
  async asked(session: string): Promise<InteractionView> {
    return eventually(async () => {
      const [open] = await this.api<InteractionView[]>(`/interactions?session=${session}`);
      if (open === undefined) throw new Error(`${session} asks nothing`);
      return open;
    });
  }

  /** The last runs of the supervisor and of all agents. */
  get runs(): readonly Program[] {
    return [...this.#supervisors, ...this.#agents.flatMap(({ runs }) => runs)];
  }

  /** What each program wrote. */
  get logs(): string[] {
    return [...this.#supervisors.map(({ label, log }) => `── ${label}\n${log}`), ...this.#agents.map(({ log }) => log)];
  }

  /** Processes that were started on this stage and still run, however they were started. */
  survivors(): string[] {
    return processesOf(this.folder);
  }

  #writeSupervisorConfig(
    heartbeat: { readonly seconds: number; readonly count: number },
    tls: object | undefined,
  ): void {
    this.#scheme = tls === undefined ? "http" : "https";
    mkdirSync(path.join(this.folder, "supervisor"));
    const config = {
      server: {
        host: "127.0.0.1",
        port: this.ports.socket,
        http_port: this.ports.http,
        auth_token: TOKEN,
        heartbeat_interval_sec: heartbeat.seconds,
        heartbeat_timeout_count: heartbeat.count,
      },
      database: { path: this.supervisorDatabase },
      security: { tls: tls === undefined ? {} : { enabled: true, ...tls } },
    };
    writeFileSync(this.supervisorConfig, JSON.stringify(config, null, 2));
  }

  /** Stops every program in order. */
  async stop(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.stop()));
    await this.#supervisors.at(-1)?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.provider[Symbol.asyncDispose]();
    const left = this.survivors();
    for (const line of left) process.kill(Number.parseInt(line, 10), "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    forget("folder", this.folder);
    if (left.length > 0) throw new Error(`these outlived their agent:\n${left.join("\n")}`);
  }
}
