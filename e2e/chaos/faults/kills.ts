import { aWhile, type Fault, restartAgent, restartSupervisor, signalOpencode } from "./fault.ts";

/** Programs that end, by a power cut or in order. */
export const KILLS: readonly Fault[] = [
  {
    name: "supervisor killed",
    weight: 3,
    happen: (scene) => restartSupervisor(scene, () => aWhile(scene.random)),
  },
  {
    name: "supervisor killed while it starts",
    weight: 2,
    happen: (scene) =>
      restartSupervisor(scene, async () => {
        for (let times = scene.random.between(1, 3); times > 0; times -= 1) {
          const program = scene.world.stage.launchSupervisor();
          await aWhile(scene.random, 1_000);
          await program.kill();
        }
      }),
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
    weight: 3,
    happen: (scene) => restartAgent(scene, () => aWhile(scene.random)),
  },
  {
    name: "agent killed while it starts",
    weight: 2,
    happen: (scene) =>
      restartAgent(scene, async () => {
        for (let times = scene.random.between(1, 3); times > 0; times -= 1) {
          const program = scene.agent.start();
          await aWhile(scene.random);
          await program.kill();
        }
      }),
  },
  {
    name: "agent stopped in order",
    weight: 1,
    async happen({ agent, random }) {
      await agent.stop();
      await aWhile(random);
      agent.start();
    },
  },
  {
    name: "opencode killed",
    weight: 2,
    async happen({ agent }) {
      signalOpencode(agent, "SIGKILL");
    },
  },
  {
    name: "opencode killed while it starts",
    weight: 1,
    async happen({ agent, random }) {
      signalOpencode(agent, "SIGKILL");
      await aWhile(random, 5_000);
      signalOpencode(agent, "SIGKILL");
    },
  },
  {
    name: "agent and opencode killed",
    weight: 1,
    happen: (scene) =>
      restartAgent(scene, async () => {
        signalOpencode(scene.agent, "SIGKILL");
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
];
