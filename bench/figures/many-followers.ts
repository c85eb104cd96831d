import { setTimeout as delay } from "node:timers/promises";
import { type Benchmark, type BenchmarkOptions, type Figure, relative } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { startBareServer, startCrowd, startFleet } from "../harness/helpers.ts";
import { cpuSeconds } from "../harness/process-usage.ts";
import { interleave, summarise } from "../harness/statistics.ts";
import type { Crowd } from "../load/crowd.ts";

const FOLLOWERS = 400;
const GOAL = "≤ 1.5 × a bare loop that sends the same bytes to as many";
const PACE = { eventsPerSecond: 25, eventBytes: 400 } as const;
/** how many events an agent tells at once: as a turn does, and each with a commit and a wake-up of its own */
const BURSTS = [5, 1] as const;
const ARRIVE_MS = 30_000;

interface Side {
  readonly crowd: Crowd;
  readonly pid: number;
  /** has so many events sent to all; resolves when it is done with them */
  readonly send: (seconds: number, burst: number) => Promise<number>;
}

/** What an event costs the supervisor, from its coming to its leaving to all who follow the event log. */
export const manyFollowers: Benchmark = {
  name: "many-followers",
  goal: GOAL,
  async run(options) {
    const ours = await supervisorSide(options);
    const bare = await bareSide(options, () => ours.crowd.call("lastBytes"));
    const seconds = options.quick ? 3 : 12;
    for (const side of [ours, bare]) await cpuMsPerEvent(side, 4, 1); // until the code is warm
    const figures: Figure[] = [];
    for (const burst of BURSTS) {
      const measure = (side: Side) => () => cpuMsPerEvent(side, seconds, burst);
      const measured = summarise(await interleave(options.quick ? 1 : 3, measure(ours), measure(bare)));
      const told = burst === 1 ? "told alone" : `of ${burst} told at once`;
      const figure = `processor time of the supervisor for an event, ${told}, that ${FOLLOWERS} follow`;
      figures.push(relative(figure, measured, "ms", { goal: GOAL, ok: measured.ratio <= 1.5 }));
    }
    return figures;
  },
};

async function supervisorSide(options: BenchmarkOptions): Promise<Side> {
  const { url, token, pid } = options.closers.use("supervisor", await BenchSupervisor.start(options.folder("crowd")));
  const fleet = startFleet(options);
  const crowd = startCrowd(options);
  await fleet.call("connect", { url, token, count: 1 });
  await crowd.call("join", { url, token, count: FOLLOWERS, follows: true });
  return { crowd, pid, send: async (seconds, burst) => (await fleet.call("pace", { ...PACE, burst, seconds })).events };
}

async function bareSide(options: BenchmarkOptions, bytes: () => Promise<number>): Promise<Side> {
  const server = startBareServer(options);
  const crowd = startCrowd(options);
  await crowd.call("join", { url: await server.call("url"), token: "none", count: FOLLOWERS, follows: false });
  const everyMs = 1_000 / PACE.eventsPerSecond;
  return {
    crowd,
    pid: server.pid,
    async send(seconds, burst) {
      const count = (seconds * PACE.eventsPerSecond) / burst;
      await server.call("broadcast", { bytes: await bytes(), burst, count, everyMs: everyMs * burst });
      return count * burst;
    },
  };
}

/** Until all of it has arrived everywhere. */
async function cpuMsPerEvent({ crowd, pid, send }: Side, seconds: number, burst: number): Promise<number> {
  const before = { cpu: cpuSeconds(pid), received: await crowd.call("received") };
  const events = await send(seconds, burst);
  const due = before.received + events * FOLLOWERS;
  const limit = performance.now() + ARRIVE_MS;
  let received = await crowd.call("received");
  while (received < due && performance.now() < limit) {
    await delay(20);
    received = await crowd.call("received");
  }
  if (received < due) throw new Error(`${received} of ${due} deliveries came`);
  return ((cpuSeconds(pid) - before.cpu) * 1_000) / events;
}
