import { setTimeout as delay } from "node:timers/promises";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Agent } from "../harness/agent.ts";
import { eventually } from "../harness/eventually.ts";
import { executable, Program } from "../harness/program.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** What a fault needs to know to happen. */
export interface Scene {
  readonly world: World;
  readonly random: Random;
  readonly agent: Agent;
  /** runs while nobody asks anything of the supervisor: what it answers meanwhile could not be relied on */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
}

/** One thing that goes wrong; it ends when things may go right again. */
export interface Fault {
  readonly name: string;
  /** how often it is chosen, beside the others */
  readonly weight: number;
  /** why it cannot happen here */
  skip?(world: World): string | undefined;
  happen(scene: Scene): Promise<void>;
}

const aWhile = (random: Random, most = 1_500): Promise<void> => delay(random.between(0, most));

/** Kills a supervisor and does something to what it left before it starts again. */
async function restartSupervisor({ world }: Scene, meanwhile: () => void | Promise<void>): Promise<void> {
  await world.stage.supervisor.kill();
  await meanwhile();
  await world.stage.startSupervisor();
}

async function restartAgent({ agent }: Scene, meanwhile: () => void | Promise<void>): Promise<void> {
  await agent.program.kill();
  await meanwhile();
  agent.start();
}

function killOpencode(agent: Agent): void {
  try {
    process.kill(agent.opencode().pid, "SIGKILL");
  } catch {
    return; // it is being started again already
  }
}

export const FAULTS: readonly Fault[] = [
  {
    name: "supervisor killed",
    weight: 4,
    happen: (scene) => restartSupervisor(scene, () => aWhile(scene.random)),
  },
  {
    name: "supervisor stopped in order",
    weight: 1,
    async happen({ world, random }) {
      await world.stage.supervisor.stop();
      await aWhile(random);
      await world.stage.startSupervisor();
    },
  },
  {
    name: "agent killed",
    weight: 4,
    happen: (scene) => restartAgent(scene, () => aWhile(scene.random)),
  },
  {
    name: "opencode killed",
    weight: 2,
    async happen({ agent }) {
      killOpencode(agent);
    },
  },
  {
    name: "agent and opencode killed",
    weight: 1,
    happen: (scene) =>
      restartAgent(scene, async () => {
        killOpencode(scene.agent);
        await aWhile(scene.random, 300);
      }),
  },
  {
    name: "both ends killed at once",
    weight: 2,
    async happen(scene) {
      await Promise.all([
        restartSupervisor(scene, () => aWhile(scene.random)),
        restartAgent(scene, () => aWhile(scene.random)),
      ]);
    },
  },
  {
    name: "links cut",
    weight: 3,
    async happen({ world, random }) {
      for (let times = random.between(1, 4); times > 0; times -= 1) {
        world.network.cut();
        await aWhile(random, 400);
      }
    },
  },
  {
    name: "network down",
    weight: 2,
    async happen({ world, random }) {
      world.network.weather = "down";
      await delay(random.between(500, 3_000));
      world.network.weather = "fair";
    },
  },
  {
    name: "half-open links",
    weight: 2,
    async happen({ world, random }) {
      world.network.weather = "silent";
      await delay(random.between(500, 4_000));
      world.network.weather = "fair";
    },
  },
  {
    name: "frames doubled",
    weight: 2,
    async happen({ world, random }) {
      world.network.weather = "doubling";
      await delay(random.between(500, 2_500));
      world.network.weather = "fair";
    },
  },
  {
    name: "frames reordered",
    weight: 2,
    async happen({ world, random }) {
      world.network.weather = "reordering";
      await delay(random.between(500, 2_500));
      world.network.weather = "fair";
    },
  },
  {
    name: "clocks jump",
    weight: 2,
    async happen({ world, random }) {
      const hours = random.pick([-26, -1, 1, 26]);
      world.clockOffsetMs = hours * 3_600_000;
      await delay(random.between(300, 2_000));
      world.clockOffsetMs = 0;
    },
  },
  {
    name: "supervisor's disk full",
    weight: 2,
    skip: ({ hasOwnDisk }) => (hasOwnDisk ? undefined : "no file system may be mounted here"),
    async happen({ world, random }) {
      world.fillDisk();
      await delay(random.between(500, 2_500));
      world.emptyDisk();
    },
  },
  {
    name: "agent's data lost",
    weight: 2,
    happen: (scene) => restartAgent(scene, () => scene.world.remove(scene.world.databaseOf(scene.agent))),
  },
  {
    name: "agent's data restored from an older copy",
    weight: 2,
    async happen(scene) {
      const { world, agent, random } = scene;
      let copy = "";
      const database = world.databaseOf(agent);
      await restartAgent(scene, () => {
        copy = world.snapshot(database);
      });
      await delay(random.between(500, 3_000));
      await restartAgent(scene, () => world.restore(copy, database));
    },
  },
  {
    name: "agent's data cloned",
    weight: 1,
    async happen({ world, agent }) {
      await refuseClone(world, agent);
    },
  },
  {
    name: "supervisor's database restored from an older copy",
    weight: 2,
    async happen(scene) {
      const { world, random } = scene;
      const database = world.supervisorDatabase;
      let copy = "";
      await restartSupervisor(scene, () => {
        copy = world.snapshot(database);
      });
      await delay(random.between(500, 2_500));
      await scene.alone(() => restartSupervisor(scene, () => world.restore(copy, database)));
    },
  },
];

/** A copy of a whole data directory, started while the original lives: it must hear that it is not wanted. */
async function refuseClone(world: World, agent: Agent): Promise<void> {
  await eventually(() => world.stage.nodeUp(agent), 40_000);
  const folder = path.join(world.stage.folder, "clone");
  cpSync(agent.dataDir, path.join(folder, "data"), {
    recursive: true,
    filter: (source) => !/opencode|agent\.lock|agent\.pid/.test(path.relative(agent.dataDir, source)),
  });
  const config = JSON.parse(readFileSync(agent.config, "utf8")) as Record<string, unknown>;
  const clone = { ...config, data_dir: path.join(folder, "data"), projects: [], opencode: { command: "/nonexistent" } };
  const file = path.join(folder, "agent.config.json");
  writeFileSync(file, JSON.stringify(clone));
  const program = new Program({
    label: "clone",
    file: executable("hal-agent"),
    args: ["--config", file],
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder },
  });
  try {
    await eventually(() => {
      if (!/another live agent has this identity|node secret does not fit/.test(program.log))
        throw new Error(`the clone of ${agent.name} was not refused:\n${program.log.slice(-2_000)}`);
    }, 20_000);
  } finally {
    await program.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
