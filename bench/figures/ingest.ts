import { type Benchmark, type BenchmarkOptions, relative, STATED } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { insertBare, openDatabase, readLog, type Row } from "../harness/database.ts";
import { startFleet } from "../harness/helpers.ts";
import { type Pair, type Summary, summarise } from "../harness/statistics.ts";
import type { Story } from "../load/events.ts";

const AGENTS = 50;
/** so many at first, to know how many fill the time of a measurement */
const CALIBRATION_EVENTS = 10_000;
const EVENT_BYTES = 400;
const LEAST_RATIO = 0.5;
const LEAST_PER_SECOND = 35_000;
const GOAL = "≥ 0.5 of the bare loop and ≥ 35,000/s";

/** From 50 agents over real sockets to committed and acknowledged, beside a bare loop that inserts the very same rows. */
export const ingest: Benchmark = {
  name: "ingest",
  goal: GOAL,
  async run(options) {
    const seconds = options.quick ? 1 : 5;
    const same = await measure(options, "tool", { seconds, pairs: options.quick ? 3 : 5 });
    const turns = await measure(options, "turn", { seconds, pairs: options.quick ? 1 : 3 });
    const ok = same.ratio >= LEAST_RATIO && same.value >= LEAST_PER_SECOND;
    return [
      relative("durable ingest", same, "events/s", { goal: GOAL, ok }),
      relative("durable ingest of whole turns, where each event changes its session", turns, "events/s", STATED),
    ];
  },
};

async function measure(
  options: BenchmarkOptions,
  story: Story,
  { seconds, pairs }: { readonly seconds: number; readonly pairs: number },
): Promise<Summary> {
  const { perSecond: expected } = await flooded(options, story, CALIBRATION_EVENTS);
  const events = Math.ceil((expected * seconds) / AGENTS) * AGENTS;
  const measured: Pair[] = [];
  for (let round = 0; round < pairs; round += 1) {
    const { perSecond, rows } = await flooded(options, story, events);
    const bare = openDatabase(options.folder("bare"));
    const bareMs = insertBare(bare.driver, rows, 2_000);
    bare.close();
    measured.push({ value: perSecond, baseline: (rows.length * 1000) / bareMs });
    options.note(`${story}: ${Math.round(perSecond)}/s, bare ${Math.round((rows.length * 1000) / bareMs)}/s`);
  }
  return summarise(measured);
}

async function flooded(
  options: BenchmarkOptions,
  story: Story,
  events: number,
): Promise<{ perSecond: number; rows: Row[] }> {
  const folder = options.folder("ingest");
  const supervisor = options.closers.use("supervisor", await BenchSupervisor.start(folder));
  const fleet = startFleet(options);
  await fleet.call("connect", { url: supervisor.url, token: supervisor.token, count: AGENTS });
  const ms = await fleet.call("flood", {
    events,
    eventsPerFrame: 100,
    windowFrames: 8,
    eventBytes: EVENT_BYTES,
    story,
  });
  await fleet[Symbol.asyncDispose]();
  await supervisor.stop();
  const log = openDatabase(folder);
  const rows = readLog(log.driver);
  log.close();
  if (rows.length !== events) throw new Error(`${rows.length} of ${events} events are in the log`);
  return { perSecond: (events * 1000) / ms, rows };
}
