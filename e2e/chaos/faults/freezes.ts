import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../harness/eventually.ts";
import type { Program } from "../../harness/program.ts";
import type { Random } from "../random.ts";
import { type Fault, signalOpencode, signalProcess } from "./fault.ts";

/** Three health checks in a row go unanswered before a frozen opencode is replaced. */
const REPLACED_MS = 120_000;

/** Programs that do nothing for a while, with all their connections open. */
export const FREEZES: readonly Fault[] = [
  {
    name: "supervisor frozen",
    weight: 2,
    happen: ({ world, random }) => freeze(world.stage.supervisor, random),
  },
  {
    name: "agent frozen",
    weight: 2,
    happen: ({ agent, random }) => freeze(agent.program, random),
  },
  {
    name: "opencode frozen",
    weight: 2,
    async happen({ agent, random }) {
      const pid = signalOpencode(agent, "SIGSTOP");
      await delay(random.between(500, 8_000));
      if (pid !== undefined) signalProcess(pid, "SIGCONT");
    },
  },
  {
    name: "opencode frozen until it is replaced",
    weight: 1,
    isSlow: true,
    async happen({ world, agent }) {
      const pid = signalOpencode(agent, "SIGSTOP");
      await eventually(() => {
        if (agent.opencode().pid === pid) throw new Error(`${agent.name} does not replace its frozen opencode`);
      }, REPLACED_MS);
      await world.stage.nodeUp(agent);
    },
  },
];

async function freeze(program: Program, random: Random): Promise<void> {
  program.freeze();
  await delay(random.between(500, 5_000));
  program.thaw();
}
