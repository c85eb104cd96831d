import { type Benchmark, relative } from "../benchmark.ts";
import { measureIngest } from "../harness/ingest-pairs.ts";

const TELLING = { story: "tool", eventsPerFrame: 100, eventBytes: 400 } as const;
const LEAST_RATIO = 0.5;
const LEAST_PER_SECOND = 35_000;
const GOAL = "≥ 0.5 of the bare loop and ≥ 35,000/s";

/** Small events of one kind, over and over. */
export const ingest: Benchmark = {
  name: "ingest",
  goal: GOAL,
  async run(options) {
    const effort = options.quick ? { seconds: 1, pairs: 3 } : { seconds: 5, pairs: 5 };
    const measured = await measureIngest(options, TELLING, effort);
    const ok = measured.ratio >= LEAST_RATIO && measured.value >= LEAST_PER_SECOND;
    return [relative("durable ingest", measured, "events/s", { goal: GOAL, ok })];
  },
};
