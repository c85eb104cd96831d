import { absolute, type Benchmark } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { startFleet } from "../harness/helpers.ts";

/** so many at first, to warm the code and to know how many fill the time of the measurement */
const WARM_EVENTS = 10_000;
const MOST_MS = 15;

/** How long the supervisor's event loop is held up while agents send as fast as it takes. */
export const eventLoopLag: Benchmark = {
  name: "event-loop-lag",
  goal: "p99 ≤ 15 ms",
  async run(options) {
    const supervisor = options.closers.use(
      "supervisor",
      await BenchSupervisor.start(options.folder("lag"), { probe: "lag" }),
    );
    const fleet = startFleet(options);
    await fleet.call("connect", { url: supervisor.url, token: supervisor.token, count: 50 });
    const order = { eventsPerFrame: 100, windowFrames: 8, eventBytes: 400, story: "tool" } as const;
    const warmMs = await fleet.call("flood", { ...order, events: WARM_EVENTS });
    await supervisor.lag();
    const events = Math.round((WARM_EVENTS * (options.quick ? 2_000 : 8_000)) / warmMs);
    await fleet.call("flood", { ...order, events });
    const busy = await supervisor.lag();
    return [
      absolute("event loop lag of the supervisor under full ingest, p99", busy.p99, "ms", {
        goal: "≤ 15 ms",
        ok: busy.p99 <= MOST_MS,
      }),
    ];
  },
};
