import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../harness/eventually.ts";
import type { Program } from "../../harness/program.ts";
import type { Disk } from "../disk.ts";
import type { Random } from "../random.ts";
import { type Fault, restartAgent, restartSupervisor, type Scene, signalOpencode } from "./fault.ts";

/** Disks that take nothing more. */
export const DISK_FAULTS: readonly Fault[] = [
  {
    name: "supervisor's disk full",
    weight: 2,
    needsDisks: true,
    happen: (scene) => full(diskOf(scene, "supervisor"), scene.random),
  },
  {
    name: "supervisor killed while its disk is full",
    weight: 1,
    needsDisks: true,
    async happen(scene) {
      const { world } = scene;
      await restartSupervisor(scene, () =>
        sulk(diskOf(scene, "supervisor"), "full", () => world.stage.launchSupervisor()),
      );
    },
  },
  {
    name: "supervisor's disk read-only when it starts",
    weight: 1,
    needsDisks: true,
    async happen(scene) {
      const { world } = scene;
      await restartSupervisor(scene, () =>
        sulk(diskOf(scene, "supervisor"), "read-only", () => world.stage.launchSupervisor()),
      );
    },
  },
  {
    name: "agent's disk full",
    weight: 2,
    needsDisks: true,
    happen: (scene) => full(diskOf(scene, "agent"), scene.random),
  },
  {
    name: "agent killed while its disk is full",
    weight: 1,
    needsDisks: true,
    happen: (scene) => restartAgent(scene, () => sulk(diskOf(scene, "agent"), "full", () => scene.agent.start())),
  },
  {
    name: "agent's disk read-only when it starts",
    weight: 1,
    needsDisks: true,
    happen: (scene) =>
      restartAgent(scene, () => {
        // its log is on that disk
        signalOpencode(scene.agent, "SIGKILL");
        return sulk(diskOf(scene, "agent"), "read-only", () => scene.agent.start());
      }),
  },
];

function diskOf({ world, agent }: Scene, whose: "supervisor" | "agent"): Disk {
  const disk = whose === "supervisor" ? world.disks?.supervisor : world.disks?.agents.get(agent);
  if (disk === undefined) throw new Error(`the ${whose} has no disk of its own`);
  return disk;
}

async function full(disk: Disk, random: Random): Promise<void> {
  disk.fill();
  await delay(random.between(500, 2_500));
  disk.empty();
}

/** A program is started on a disk that takes nothing: it goes on without, or says in one line why it cannot. */
async function sulk(disk: Disk, how: "full" | "read-only", start: () => Program): Promise<void> {
  if (how === "full") disk.fill();
  else await eventually(() => disk.remount("ro")); // a program that was killed lets go of its files a moment later
  const program = start();
  program.allowEnd();
  try {
    await Promise.race([program.ended, delay(2_500)]);
    if (!program.isRunning)
      await eventually(() => {
        if (!/full|read-only|EROFS|ENOSPC|disk/i.test(program.log))
          throw new Error(`${program.label} ended on a ${how} disk and does not say so:\n${program.log}`);
      }, 1_000);
  } finally {
    await program.kill();
    if (how === "full") disk.empty();
    else disk.remount("rw");
  }
}
