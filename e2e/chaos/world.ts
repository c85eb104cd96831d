import { copyFileSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { NodeView, SessionView } from "@hal/protocol";
import type { Agent } from "../harness/agent.ts";
import type { Program } from "../harness/program.ts";
import { Stage } from "../harness/stage.ts";
import { Disk } from "./disk.ts";
import { Lives } from "./lives.ts";
import { Network } from "./network.ts";
import type { Random } from "./random.ts";

const SUFFIXES = ["", "-wal", "-shm"];
const SUPERVISOR_DISK_MB = 256;
const AGENT_DISK_MB = 128;
const MEDDLE = fileURLToPath(new URL("meddle-preload.mjs", import.meta.url));

/** A database as it lay on the disk at some moment. */
export type Snapshot = string;

/** The disks of all programs. */
interface Disks {
  readonly supervisor: Disk;
  readonly agents: ReadonlyMap<Agent, Disk>;
}

/** Everything that faults happen to: a supervisor, agents with a real opencode each, the network between them, disks, a clock. */
export class World implements AsyncDisposable {
  readonly stage: Stage;
  readonly network: Network;
  readonly agents: readonly Agent[];
  /** undefined where nothing may be mounted here: then no disk can be filled */
  readonly disks: Disks | undefined;
  readonly lives: Lives;
  #snapshots = 0;
  #broken = 0;

  private constructor(stage: Stage, network: Network, agents: readonly Agent[], disks: Disks | undefined) {
    this.stage = stage;
    this.network = network;
    this.agents = agents;
    this.disks = disks;
    this.lives = new Lives(this);
  }

  static async open(opencode: string, random: Random, count: number): Promise<World> {
    const stage = await Stage.open(opencode, {
      heartbeat: { seconds: 0.5, count: 4 },
      env: (folder) => ({
        NODE_OPTIONS: `--import=${pathToFileURL(MEDDLE).href}`,
        HAL_CHAOS_CLOCK: path.join(folder, "clock"),
        HAL_CHAOS_BREAK: path.join(folder, "break"),
      }),
    });
    const network = await Network.open(stage.ports.socket, random);
    const names = Array.from({ length: count }, (_, index) => `agent-${index + 1}`);
    const agents = names.map((name) =>
      stage.agent(name, {
        projects: [name, `${name}-other`],
        supervisorUrl: `ws://127.0.0.1:${network.port}`,
        permission: { bash: { "*": "allow", "git push*": "ask" } },
        // beside the agent's data, so that its full disk is not opencode's
        opencodeLimits: {
          command: wrapOpencode(stage.folder, name, opencode),
          max_restarts: 100_000,
          data_dir: path.join(stage.folder, name, "opencode"),
        },
      }),
    );
    const world = new World(stage, network, agents, mountDisks(stage, agents));
    await stage.startSupervisor();
    for (const agent of agents) agent.start();
    await Promise.all(agents.map((agent) => stage.nodeUp(agent)));
    return world;
  }

  /** Shifts the wall clock of the supervisor and of agents; opencode and the machine keep theirs. */
  set clockOffsetMs(offset: number) {
    writeFileSync(path.join(this.stage.folder, "clock"), String(offset));
  }

  /** Breaks every connection that the agent has to its opencode, unless there is none just now. */
  breakStreams(agent: Agent): void {
    const opencode = agent.opencodeIfAny();
    if (opencode === undefined) return;
    this.#broken += 1;
    writeFileSync(path.join(this.stage.folder, "break"), `${opencode.port} ${this.#broken}`);
  }

  get supervisorDatabase(): string {
    return this.stage.supervisorDatabase;
  }

  databaseOf(agent: Agent): string {
    return path.join(agent.dataDir, "agent.db");
  }

  /** Copies a database whose program is not running. */
  snapshot(database: string): Snapshot {
    this.#snapshots += 1;
    const copy = path.join(this.stage.folder, `snapshot-${this.#snapshots}.db`);
    for (const suffix of SUFFIXES) if (existsSync(database + suffix)) copyFileSync(database + suffix, copy + suffix);
    return copy;
  }

  /** Puts a copy in the place of a database whose program is not running. */
  restore(snapshot: Snapshot, database: string): void {
    this.remove(database);
    for (const suffix of SUFFIXES)
      if (existsSync(snapshot + suffix)) copyFileSync(snapshot + suffix, database + suffix);
  }

  remove(database: string): void {
    for (const suffix of SUFFIXES) rmSync(database + suffix, { force: true });
  }

  /** The rows that people see, of all nodes. */
  rows(): Promise<SessionView[]> {
    return this.stage.api<SessionView[]>("/sessions?limit=1000");
  }

  /** Keeps an agent's opencode from being started, or lets it. */
  letOpencodeStart(agent: Agent, may: boolean): void {
    const file = path.join(this.stage.folder, `${agent.name}.cannot-start`);
    if (may) rmSync(file, { force: true });
    else writeFileSync(file, "");
  }

  /** Removes everything that an agent that is not running knows, who it is included; its opencode's data stay. */
  loseIdentity(agent: Agent): void {
    for (const entry of readdirSync(agent.dataDir)) rmSync(path.join(agent.dataDir, entry), { recursive: true });
  }

  /** Puts everything in order again, whatever happened to it. */
  async mend(): Promise<void> {
    this.network.weather = "fair";
    this.clockOffsetMs = 0;
    for (const program of this.stage.runs) program.thaw();
    for (const agent of this.agents) this.letOpencodeStart(agent, true);
    this.disks?.supervisor.empty();
    for (const disk of this.disks?.agents.values() ?? []) disk.empty();
    if (!this.stage.supervisor.isRunning) await this.stage.startSupervisor();
    for (const agent of this.agents) if (!agent.program.isRunning) agent.start();
  }

  /** Waits until every node is there, with its opencode. */
  async up(): Promise<void> {
    await Promise.all(this.agents.map((agent) => this.stage.nodeUp(agent)));
  }

  /** Programs that have ended although nobody asked them to. */
  crashed(): Program[] {
    return this.stage.runs.filter(({ hasCrashed }) => hasCrashed);
  }

  node(agent: Agent): Promise<NodeView> {
    return this.stage.api<NodeView>(`/nodes/${agent.nodeId}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // in the middle of a fault a program may be frozen
    for (const program of this.stage.runs) program.thaw();
    await this.network[Symbol.asyncDispose]();
    await this.stage.stop();
    await this.disks?.supervisor[Symbol.asyncDispose]();
    for (const disk of this.disks?.agents.values() ?? []) await disk[Symbol.asyncDispose]();
    await this.stage[Symbol.asyncDispose]();
  }
}

/** A command that starts opencode, unless a file says that it cannot. */
function wrapOpencode(folder: string, name: string, opencode: string): string {
  const file = path.join(folder, `${name}.opencode`);
  const refusal = path.join(folder, `${name}.cannot-start`);
  writeFileSync(file, `#!/bin/sh\n[ -e '${refusal}' ] && exit 1\nexec '${opencode}' "$@"\n`, { mode: 0o755 });
  return file;
}

function mountDisks(stage: Stage, agents: readonly Agent[]): Disks | undefined {
  const supervisor = Disk.mount(path.join(stage.folder, "supervisor"), SUPERVISOR_DISK_MB);
  if (supervisor === undefined) return undefined;
  const disks = agents.flatMap((agent) => {
    const disk = Disk.mount(agent.dataDir, AGENT_DISK_MB);
    return disk === undefined ? [] : [[agent, disk] as const];
  });
  return { supervisor, agents: new Map(disks) };
}
