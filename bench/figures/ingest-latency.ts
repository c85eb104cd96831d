import { type Benchmark, relative } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { inRow, openDatabase, timeCommits } from "../harness/database.ts";
import { startFleet } from "../harness/helpers.ts";
import { interleave, percentile, summarise } from "../harness/statistics.ts";

const PER_SECOND = 10_000;
const GOAL = "p99 ≤ 3 × the p99 of two commits in a row + 10 ms";

/** From an agent's append to the supervisor's acknowledgement while 50 agents tell 10,000 events a second. */
export const ingestLatency: Benchmark = {
  name: "ingest-latency",
  goal: GOAL,
  async run(options) {
    const supervisor = options.closers.use("supervisor", await BenchSupervisor.start(options.folder("latency")));
    const fleet = startFleet(options);
    await fleet.call("connect", { url: supervisor.url, token: supervisor.token, count: 50 });
    const order = { eventsPerSecond: PER_SECOND, burst: 10, eventBytes: 400 };
    await fleet.call("pace", { ...order, seconds: 1 }); // until the code is warm
    const disk = openDatabase(options.folder("commits"));
    options.closers.add("bare database", () => disk.close());

    const pairs = await interleave(
      options.quick ? 1 : 3,
      async () => {
        const { p50, p99, max, eventsPerSecond } = await fleet.call("pace", {
          ...order,
          seconds: options.quick ? 2 : 10,
        });
        options.note(
          `${Math.round(eventsPerSecond)}/s: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${max.toFixed(1)} ms`,
        );
        return p99;
      },
      async () => percentile(inRow(timeCommits(disk.driver, options.quick ? 1_000 : 4_000), 2), 99),
    );
    const p99 = summarise(pairs);
    const ok = p99.value <= 3 * p99.baseline + 10;
    return [relative("latency of ingest at 10,000 events/s, p99", p99, "ms", { goal: GOAL, ok })];
  },
};
