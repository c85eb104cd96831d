import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { NodeView } from "@hal/protocol";
import type { Agent } from "../harness/agent.ts";
import { eventually } from "../harness/eventually.ts";
import { Stage } from "../harness/stage.ts";
import { Network } from "./network.ts";
import type { Random } from "./random.ts";

const SUFFIXES = ["", "-wal", "-shm"];
const DISK_MB = 256;
const CLOCK = fileURLToPath(new URL("clock-preload.mjs", import.meta.url));

/** A database as it lay on the disk at some moment. */
export type Snapshot = string;

/** Everything that faults happen to: a supervisor, agents with a real opencode each, the network between them, a disk, a clock. */
export class World implements AsyncDisposable {
  readonly stage: Stage;
  readonly network: Network;
  readonly agents: readonly Agent[];
  /** false where nothing may be mounted here: then no disk can be filled */
  readonly hasOwnDisk: boolean;
  readonly #clockFile: string;
  #snapshots = 0;

  private constructor(
    stage: Stage,
    network: Network,
    agents: readonly Agent[],
    hasOwnDisk: boolean,
    clockFile: string,
  ) {
    this.stage = stage;
    this.network = network;
    this.agents = agents;
    this.hasOwnDisk = hasOwnDisk;
    this.#clockFile = clockFile;
  }

  static async open(opencode: string, random: Random, agents: number): Promise<World> {
    const stage = await Stage.open(opencode, {
      heartbeat: { seconds: 0.5, count: 4 },
      env: (folder) => ({
        NODE_OPTIONS: `--import=${pathToFileURL(CLOCK).href}`,
        HAL_CHAOS_CLOCK: path.join(folder, "clock"),
      }),
    });
    const hasOwnDisk = mountDisk(path.join(stage.folder, "supervisor"));
    const network = await Network.open(stage.ports.socket, random);
    const names = Array.from({ length: agents }, (_, index) => `agent-${index + 1}`);
    const all = names.map((name) =>
      stage.agent(name, {
        supervisorUrl: `ws://127.0.0.1:${network.port}`,
        permission: { bash: { "*": "allow", "git push*": "ask" } },
        opencodeLimits: { max_restarts: 100_000 },
      }),
    );
    const world = new World(stage, network, all, hasOwnDisk, path.join(stage.folder, "clock"));
    await stage.startSupervisor();
    for (const agent of all) agent.start();
    await Promise.all(all.map((agent) => stage.nodeUp(agent)));
    return world;
  }

  /** Shifts the wall clock of the supervisor and of agents; opencode and the machine keep theirs. */
  set clockOffsetMs(offset: number) {
    writeFileSync(this.#clockFile, String(offset));
  }

  get supervisorDatabase(): string {
    return path.join(this.stage.folder, "supervisor", "supervisor.db");
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

  /** Fills the supervisor's disk until it is emptied again. */
  fillDisk(): void {
    const folder = path.dirname(this.supervisorDatabase);
    const { bavail, bsize } = statfsSync(folder);
    for (const [index, bytes] of [bavail * bsize, 4096, 4096].entries())
      try {
        writeFileSync(path.join(folder, `ballast-${index}`), Buffer.alloc(bytes));
      } catch {
        continue; // that is what full means
      }
  }

  emptyDisk(): void {
    for (const index of [0, 1, 2])
      rmSync(path.join(path.dirname(this.supervisorDatabase), `ballast-${index}`), { force: true });
  }

  /** Brings everything back up, whatever happened to it. */
  async heal(): Promise<void> {
    this.network.weather = "fair";
    this.clockOffsetMs = 0;
    if (this.hasOwnDisk) this.emptyDisk();
    if (!this.stage.supervisor.isRunning) await this.stage.startSupervisor();
    for (const agent of this.agents) if (!agent.program.isRunning) agent.start();
    await Promise.all(this.agents.map((agent) => this.stage.nodeUp(agent)));
  }

  node(agent: Agent): Promise<NodeView> {
    return this.stage.api<NodeView>(`/nodes/${agent.nodeId}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network[Symbol.asyncDispose]();
    const disk = path.join(this.stage.folder, "supervisor");
    if (this.hasOwnDisk) {
      await this.stage.supervisor.stop();
      await eventually(() => {
        if (spawnSync("umount", [disk]).status !== 0) throw new Error(`${disk} is still in use`);
      });
    }
    await this.stage[Symbol.asyncDispose]();
  }
}

/** A small file system for the supervisor alone, where this user may mount one. */
function mountDisk(folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MB}m`, "none", folder], { stdio: "ignore" });
  return status === 0;
}
