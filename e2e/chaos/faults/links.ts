import { setTimeout as delay } from "node:timers/promises";
import type { Weather } from "../network.ts";
import { aWhile, type Fault } from "./fault.ts";

/** What happens between programs, and to their clocks. */
export const LINK_FAULTS: readonly Fault[] = [
  {
    name: "links cut",
    weight: 2,
    async happen({ world, random }) {
      for (let times = random.between(1, 4); times > 0; times -= 1) {
        world.network.cut();
        await aWhile(random, 400);
      }
    },
  },
  bad("network down", "down", 3_000),
  bad("half-open links", "silent", 4_000),
  bad("frames doubled", "doubling", 2_500),
  bad("frames reordered", "reordering", 2_500),
  {
    name: "opencode's connections broken",
    weight: 3,
    async happen({ world, agent, random }) {
      for (let times = random.between(1, 3); times > 0; times -= 1) {
        world.breakStreams(agent);
        await aWhile(random, 1_000);
      }
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
];

function bad(name: string, weather: Weather, mostMs: number): Fault {
  return {
    name,
    weight: 2,
    async happen({ world, random }) {
      world.network.weather = weather;
      await delay(random.between(500, mostMs));
      world.network.weather = "fair";
    },
  };
}
