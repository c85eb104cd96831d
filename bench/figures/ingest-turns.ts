import { type Benchmark, relative } from "../benchmark.ts";
import { measureIngest } from "../harness/ingest-pairs.ts";
import { TURN_EVENTS } from "../load/events.ts";

/** ten turns a frame, and events as long on the average as an opencode at work makes them */
const TELLING = { story: "turn", eventsPerFrame: 10 * TURN_EVENTS, eventBytes: 945 } as const;
const LEAST_RATIO = 0.5;
const GOAL = "≥ 0.5 of the bare loop";

/** Whole turns as a real opencode tells them, where each event changes its session. */
export const ingestTurns: Benchmark = {
  name: "ingest-turns",
  goal: GOAL,
  async run(options) {
    const effort = options.quick ? { seconds: 1, pairs: 3 } : { seconds: 5, pairs: 5 };
    const measured = await measureIngest(options, TELLING, effort);
    return [
      relative("durable ingest of whole turns", measured, "events/s", {
        goal: GOAL,
        ok: measured.ratio >= LEAST_RATIO,
      }),
    ];
  },
};
