import type { BenchmarkOptions } from "../benchmark.ts";
import type { Story } from "../load/events.ts";
import { BenchSupervisor } from "./bench-supervisor.ts";
import { insertBare, openDatabase, readLog, type Row } from "./database.ts";
import { startFleet } from "./helpers.ts";
import { type Pair, type Summary, summarise } from "./statistics.ts";

const AGENTS = 50;
/** so many at first, to know how many fill the time of a measurement */
const CALIBRATION_EVENTS = 10_000;

/** What agents tell as fast as it is taken. */
interface Telling {
  readonly story: Story;
  readonly eventsPerFrame: number;
  readonly eventBytes: number;
}

/** From 50 agents over real sockets to committed and acknowledged, beside a bare loop that inserts the very same rows. */
export async function measureIngest(
  options: BenchmarkOptions,
  telling: Telling,
  { seconds, pairs }: { readonly seconds: number; readonly pairs: number },
): Promise<Summary> {
  const { perSecond: expected } = await flooded(options, telling, CALIBRATION_EVENTS);
  const perAgent = Math.ceil((expected * seconds) / AGENTS / telling.eventsPerFrame) * telling.eventsPerFrame;
  const measured: Pair[] = [];
  for (let round = 0; round < pairs; round += 1) {
    const { perSecond, rows } = await flooded(options, telling, perAgent * AGENTS);
    const bare = openDatabase(options.folder("bare"));
    const bareMs = insertBare(bare.driver, rows, 2_000);
    bare.close();
    const baseline = (rows.length * 1000) / bareMs;
    measured.push({ value: perSecond, baseline });
    const ratio = (perSecond / baseline).toFixed(3);
    options.note(`${telling.story}: ${Math.round(perSecond)}/s, bare ${Math.round(baseline)}/s, ${ratio}`);
  }
  return summarise(measured);
}

async function flooded(
  options: BenchmarkOptions,
  telling: Telling,
  events: number,
): Promise<{ perSecond: number; rows: Row[] }> {
  const folder = options.folder("ingest");
  const supervisor = options.closers.use("supervisor", await BenchSupervisor.start(folder));
  const fleet = startFleet(options);
  await fleet.call("connect", { url: supervisor.url, token: supervisor.token, count: AGENTS });
  const ms = await fleet.call("flood", { ...telling, events, windowFrames: 8 });
  await fleet[Symbol.asyncDispose]();
  await supervisor.stop();
  const log = openDatabase(folder);
  const rows = readLog(log.driver);
  log.close();
  if (rows.length !== events) throw new Error(`${rows.length} of ${events} events are in the log`);
  return { perSecond: (events * 1000) / ms, rows };
}
