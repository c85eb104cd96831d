import { setTimeout as delay } from "node:timers/promises";
import type { Agent } from "../../harness/agent.ts";
import type { Random } from "../random.ts";
import type { Workload } from "../workload.ts";
import type { Snapshot, World } from "../world.ts";

/** What a fault needs to know to happen. */
export interface Scene {
  readonly world: World;
  readonly random: Random;
  readonly agent: Agent;
  readonly workload: Workload;
  /** runs while nobody asks anything of the supervisor: what it answers meanwhile could not be relied on */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
}

/** One thing that goes wrong; it ends when things may go right again. */
export interface Fault {
  readonly name: string;
  /** how often it is chosen, beside the others */
  readonly weight: number;
  /** takes about a minute */
  readonly isSlow?: boolean;
  /** happens only where programs have disks of their own */
  readonly needsDisks?: boolean;
  happen(scene: Scene): Promise<void>;
}

/** Why a fault cannot happen in this world, if so. */
export function whySkipped({ needsDisks }: Fault, { disks }: World): string | undefined {
  return needsDisks === true && disks === undefined ? "no file system may be mounted here" : undefined;
}

export const aWhile = (random: Random, most = 1_500): Promise<void> => delay(random.between(0, most));

/** Kills a supervisor and does something to what it left before it starts again. */
export async function restartSupervisor({ world }: Scene, meanwhile: () => void | Promise<void>): Promise<void> {
  await world.stage.supervisor.kill();
  await meanwhile();
  await world.stage.startSupervisor();
}

/** Puts an older copy in the place of the supervisor's database: a new life of the log begins. */
export async function restoreSupervisor(scene: Scene, copy: Snapshot): Promise<void> {
  const { world } = scene;
  await world.lives.end();
  await restartSupervisor(scene, () => world.restore(copy, world.supervisorDatabase));
  await world.lives.begin();
}

/** Kills an agent, not its opencode, and does something to what it left before it starts again. */
export async function restartAgent({ agent }: Scene, meanwhile: () => void | Promise<void>): Promise<void> {
  await agent.program.kill();
  await meanwhile();
  agent.start();
}

/** Signals an agent's opencode, unless there is none just now; returns its pid. */
export function signalOpencode(agent: Agent, signal: NodeJS.Signals): number | undefined {
  const pid = agent.opencodeIfAny()?.pid;
  return pid !== undefined && signalProcess(pid, signal) ? pid : undefined;
}

/** Whether there was such a process. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
