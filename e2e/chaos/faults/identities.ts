import { eventually } from "../../harness/eventually.ts";
import { aWhile, type Fault } from "./fault.ts";

/** An agent that does not know any more who it is. */
export const IDENTITY_FAULTS: readonly Fault[] = [
  {
    name: "agent's identity lost",
    weight: 1,
    async happen({ world, agent, random, workload }) {
      await world.stage.nodeUp(agent);
      const lost = agent.nodeId;
      await agent.stop();
      world.loseIdentity(agent);
      await aWhile(random);
      agent.start();
      await world.stage.nodeUp(agent);
      await eventually(async () => {
        const old = await world.stage.api<{ readonly replaced_by: string | null }>(`/nodes/${lost}`);
        if (old.replaced_by !== agent.nodeId) throw new Error(`${agent.name} came back, and nobody says so: ${lost}`);
      });
      await aWhile(random, 3_000);
      // a person agrees
      const taken = await workload.post(`/nodes/${lost}/replace`, { by: agent.nodeId });
      if (taken === undefined) throw new Error(`${agent.name} may not take the place of ${lost}`);
    },
  },
];
