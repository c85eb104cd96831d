import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Agent } from "../../harness/agent.ts";
import { eventually } from "../../harness/eventually.ts";
import { type Fault, type Scene, signalOpencode } from "./fault.ts";

/** What a directory that fails may take to be a state that people see. */
const SHOWN_MS = 120_000;

/** One of two projects that fails: the other one goes on. */
export const PROJECT_FAULTS: readonly Fault[] = [
  {
    name: "project broken in the middle",
    weight: 2,
    async happen(scene) {
      const { agent, random } = scene;
      const file = path.join(otherOf(agent), "opencode.json");
      writeFileSync(file, '{ "model": "scripted/scripted-model", ');
      try {
        // opencode reads it when it begins with the directory, and keeps what it read
        signalOpencode(agent, "SIGKILL");
        await seesProblem(scene);
        await delay(random.between(200, 2_000));
      } finally {
        rmSync(file);
        signalOpencode(agent, "SIGKILL");
      }
    },
  },
  {
    name: "project hung in the middle",
    weight: 2,
    async happen(scene) {
      const { agent, random } = scene;
      const folder = path.join(otherOf(agent), ".opencode");
      const file = path.join(folder, "plugin", "hang.js");
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, hangsWhileThereIs(file));
      try {
        signalOpencode(agent, "SIGKILL");
        await seesProblem(scene);
        await delay(random.between(200, 2_000));
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  },
];

function otherOf(agent: Agent): string {
  return agent.directoryOf(agent.projects[1] as string);
}

function hangsWhileThereIs(file: string): string {
  return `import { existsSync } from "node:fs";
export const Hang = async () => {
  while (existsSync(${JSON.stringify(file)})) await new Promise((resolve) => setTimeout(resolve, 100));
  return {};
};
`;
}

/** The project that fails is shown to, and the one beside it answers. */
async function seesProblem({ world, agent, workload }: Scene): Promise<void> {
  const [good, bad] = agent.projects;
  await world.stage.nodeUp(agent);
  await eventually(async () => {
    const { projects } = await world.node(agent);
    const state = (name: string | undefined): string | undefined => projects.find((one) => one.name === name)?.state;
    if (state(bad) === "ready") throw new Error(`${bad} fails, and is shown as ready`);
    if (state(good) !== "ready") throw new Error(`${good} is shown as ${state(good)}, though ${bad} fails`);
  }, SHOWN_MS);
  await workload.startIn(agent, good as string);
}
