import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { Opencode } from "./opencode.ts";
import { type Builds, executable, type Ending, KEPT_RUNS, Program } from "./program.ts";

export interface AgentOptions {
  readonly name: string;
  readonly folder: string;
  /** names of projects; a git repository is made for each */
  readonly projects: readonly string[];
  readonly supervisorUrl: string;
  readonly token: string;
  /** the section `opencode` of its configuration */
  readonly opencode: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
  /** each of its starts looks here */
  readonly builds?: Builds;
  /** `debug` where nothing else is said: what it wrote is shown when a test fails */
  readonly logLevel?: "debug" | "info";
  /** laid over the whole configuration */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** An agent with a data directory of its own, which can be killed and started again. */
export class Agent {
  readonly name: string;
  readonly dataDir: string;
  readonly config: string;
  readonly projects: readonly string[];
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #builds: Builds | undefined;
  readonly #logLevel: string;
  readonly #runs: Program[] = [];

  constructor(options: AgentOptions) {
    this.name = options.name;
    this.projects = options.projects;
    this.#folder = options.folder;
    this.#env = options.env ?? {};
    this.#builds = options.builds;
    this.#logLevel = options.logLevel ?? "debug";
    this.dataDir = path.join(options.folder, "data");
    this.config = path.join(options.folder, "agent.config.json");
    mkdirSync(options.folder, { recursive: true });
    const projects = options.projects.map((name) => ({ name, directory: this.directoryOf(name) }));
    for (const { directory } of projects) makeRepository(directory);
    const config = {
      supervisor_url: options.supervisorUrl,
      auth_token: options.token,
      opencode_port: 0,
      data_dir: this.dataDir,
      node: { name: options.name },
      projects,
      opencode: options.opencode,
      ...options.overrides,
    };
    writeFileSync(this.config, JSON.stringify(config, null, 2));
  }

  directoryOf(project: string): string {
    return path.join(this.#folder, "projects", project);
  }

  /** Of all its projects. */
  get directories(): string[] {
    return this.projects.map((project) => this.directoryOf(project));
  }

  start(): Program {
    const program = this.#run("--config", this.config);
    this.#runs.push(program);
    if (this.#runs.length > KEPT_RUNS) this.#runs.shift();
    return program;
  }

  /** Runs its executable for another verb, with its data, to the end. */
  async verb(...words: readonly string[]): Promise<Program> {
    const program = this.#run(...words);
    await program.ended;
    return program;
  }

  #run(...args: readonly string[]): Program {
    const places = { CONFIG_PATH: this.config, HOME: this.#folder };
    return new Program({
      label: `agent ${this.name}`,
      file: executable("hal-agent", this.#builds),
      args,
      cwd: this.#folder,
      env: { PATH: process.env["PATH"], ...places, LOG_LEVEL: this.#logLevel, ...this.#env },
    });
  }

  /** Its last runs, oldest first. */
  get runs(): readonly Program[] {
    return this.#runs;
  }

  /** Its last run. */
  get program(): Program {
    const last = this.#runs.at(-1);
    if (last === undefined) throw new Error(`agent ${this.name} was not started`);
    return last;
  }

  get log(): string {
    return this.#runs.map(({ label, log }) => `── ${label}\n${log}`).join("\n");
  }

  get nodeId(): string {
    return (JSON.parse(readFileSync(path.join(this.dataDir, "identity.json"), "utf8")) as { nodeId: string }).nodeId;
  }

  opencode(): Opencode {
    return new Opencode(this.dataDir);
  }

  /** None while it is being started again. */
  opencodeIfAny(): Opencode | undefined {
    try {
      return this.opencode();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async stop(): Promise<Ending | undefined> {
    return this.#runs.at(-1)?.stop();
  }
}

function makeRepository(directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, "README.md"), "# a project\n");
  const author = ["-c", "user.name=story", "-c", "user.email=story@localhost", "-c", "commit.gpgsign=false"];
  for (const args of [
    ["init", "--quiet"],
    ["add", "."],
    [...author, "commit", "--quiet", "--message", "first"],
  ])
    spawnSync("git", args, { cwd: directory, stdio: "ignore" });
}
