import { setTimeout as delay } from "node:timers/promises";
import { type Benchmark, type BenchmarkOptions, type Figure, relative } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { startBareProgram, startPlatforms } from "../harness/helpers.ts";
import { rssBytes, settledRssBytes } from "../harness/process-usage.ts";
import { interleave, median, type Summary, summarise } from "../harness/statistics.ts";
import type { PlatformDoubles } from "../load/platforms.ts";

const MB = 1e6;
const MOST_ABOVE_MB = 10;
const MOST_LAG_MS = 15;
const SETTLE_MS = 10_000;
const LAG_MS = 10_000;
const QUICK_LAG_MS = 2_000;

/** What the program holds when there is no garbage in it. */
interface Held {
  readonly rssMb: number;
  readonly heapMb: number;
}

/** What a supervisor costs that is on Slack and Discord, where nobody does anything. */
export const idleChannels: Benchmark = {
  name: "idle-channels",
  goal: `at most ${MOST_ABOVE_MB} MB above what importing both client libraries takes; event loop lag ≤ ${MOST_LAG_MS} ms`,
  async run(options) {
    const platforms = startPlatforms(options);
    const rounds: { readonly ours: Held; readonly bare: Held }[] = [];
    for (let round = 0; round < (options.quick ? 1 : 5); round += 1) {
      const ours = above(await supervisorHolds(options, platforms), await supervisorHolds(options));
      const bare = above(await bareHolds(options, true), await bareHolds(options, false));
      options.note(`channels hold ${text(ours)}, both client libraries alone ${text(bare)}`);
      rounds.push({ ours, bare });
    }
    const of = (part: keyof Held): Summary =>
      summarise(rounds.map(({ ours, bare }) => ({ value: ours[part], baseline: bare[part] })));
    return [
      memory("resident memory", median(rounds.map(({ ours, bare }) => ours.rssMb - bare.rssMb)), of("rssMb")),
      memory("heap", median(rounds.map(({ ours, bare }) => ours.heapMb - bare.heapMb)), of("heapMb")),
      ...(await lags(options, platforms)),
    ];
  },
};

function memory(what: string, aboveMb: number, measured: Summary): Figure {
  return relative(`${what} that Slack and Discord, both idle, add to a supervisor`, measured, "MB", {
    goal: `at most ${MOST_ABOVE_MB} MB above both client libraries alone`,
    ok: aboveMb <= MOST_ABOVE_MB,
  });
}

async function lags(options: BenchmarkOptions, platforms: PlatformDoubles): Promise<Figure[]> {
  const measured = summarise(
    await interleave(
      options.quick ? 1 : 3,
      () => idleLag(options, platforms),
      () => idleLag(options),
    ),
  );
  return [
    relative("event loop lag of a supervisor with Slack and Discord, both idle, p99", measured, "ms", {
      goal: `≤ ${MOST_LAG_MS} ms; beside the same without them`,
      ok: measured.value <= MOST_LAG_MS,
    }),
  ];
}

function above(one: Held, other: Held): Held {
  return { rssMb: one.rssMb - other.rssMb, heapMb: one.heapMb - other.heapMb };
}

function text({ rssMb, heapMb }: Held): string {
  return `${rssMb.toFixed(1)} MB resident (${heapMb.toFixed(1)} MB in the heap)`;
}

async function started(
  options: BenchmarkOptions,
  probe: "gc" | "lag",
  platforms: PlatformDoubles | undefined,
): Promise<BenchSupervisor> {
  const channels = await platforms?.call("section");
  const supervisor = await BenchSupervisor.start(options.folder("idle"), {
    probe,
    ...(channels === undefined ? {} : { channels }),
  });
  options.closers.use("supervisor", supervisor);
  await platforms?.call("connected");
  return supervisor;
}

/** Of a supervisor that is on the platforms; of one without channels where there are none. */
async function supervisorHolds(options: BenchmarkOptions, platforms?: PlatformDoubles): Promise<Held> {
  const supervisor = await started(options, "gc", platforms);
  const held = await holds(supervisor.pid, async () => (await supervisor.collectGarbage()).heapBytes);
  await supervisor.kill();
  return held;
}

async function bareHolds(options: BenchmarkOptions, isLoading: boolean): Promise<Held> {
  const program = startBareProgram(options);
  if (isLoading) await program.call("loadPlatforms");
  const held = await holds(program.pid, () => program.call("collectGarbage"));
  await program[Symbol.asyncDispose]();
  return held;
}

async function holds(pid: number, collect: () => Promise<number>): Promise<Held> {
  await collect();
  await settledRssBytes(pid, SETTLE_MS);
  const heapBytes = await collect();
  return { rssMb: rssBytes(pid) / MB, heapMb: heapBytes / MB };
}

async function idleLag(options: BenchmarkOptions, platforms?: PlatformDoubles): Promise<number> {
  const supervisor = await started(options, "lag", platforms);
  // the start is not idle
  await settledRssBytes(supervisor.pid, SETTLE_MS);
  await supervisor.lag();
  await delay(options.quick ? QUICK_LAG_MS : LAG_MS);
  const { p99 } = await supervisor.lag();
  await supervisor.kill();
  return p99;
}
