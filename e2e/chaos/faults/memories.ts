import { setTimeout as delay } from "node:timers/promises";
import { type Fault, restartAgent, restartSupervisor, restoreSupervisor, type Scene } from "./fault.ts";
import { refuseClone } from "./refuse-clone.ts";

/** Databases that are lost, copied, or not the newest. */
export const MEMORY_FAULTS: readonly Fault[] = [
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
      world.remove(copy);
    },
  },
  {
    name: "agent's data cloned",
    weight: 1,
    happen: ({ world, agent }) => refuseClone(world, agent),
  },
  {
    name: "supervisor's database restored from an older copy",
    weight: 2,
    happen: (scene) => restore(scene, 1),
  },
  {
    name: "the same backup restored twice",
    weight: 2,
    happen: (scene) => restore(scene, 2),
  },
];

async function restore(scene: Scene, times: number): Promise<void> {
  const { world, random } = scene;
  let copy = "";
  await restartSupervisor(scene, () => {
    copy = world.snapshot(world.supervisorDatabase);
  });
  for (let time = 1; time <= times; time += 1) {
    await delay(random.between(500, 2_500));
    await scene.alone(() => restoreSupervisor(scene, copy));
  }
  world.remove(copy);
}
