import { aWhile, type Fault } from "./fault.ts";

/** An agent that does not know any more who it is. */
export const IDENTITY_FAULTS: readonly Fault[] = [
  {
    name: "agent's identity lost",
    weight: 1,
    async happen({ world, agent, random }) {
      await agent.stop();
      world.loseIdentity(agent);
      await aWhile(random);
      agent.start();
      await world.stage.nodeUp(agent);
    },
  },
];
