import { absolute, type Benchmark, type BenchmarkOptions, relative } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { startBareServer, startFleet } from "../harness/helpers.ts";
import { rssBytes, settledRssBytes } from "../harness/process-usage.ts";
import { interleave, summarise } from "../harness/statistics.ts";
import type { Fleet } from "../load/fleet.ts";

const CROWD = 5_000;
const QUICK_CROWD = 2_000;
/** Garbage is collected after so many, so that what handshakes leave does not pass for what connections hold. */
const STEP = 500;
/** These are there before, and not counted. */
const FIRST = 10;
/** Twice as much as the database's two caches of 16 MB hold. */
const CACHED_EVENTS = 60_000;
const CACHED_PAGES = 120;
const SETTLE_MS = 15_000;
const KIB = 1024;
const MB = 1e6;

/** What a connected agent that has nothing to say costs in memory. */
export const idleAgents: Benchmark = {
  name: "idle-agents",
  goal: "≤ 2 × a bare socket; 2,000 agents in less than 512 MB",
  async run(options) {
    const crowd = options.quick ? QUICK_CROWD : CROWD;
    const ours = (): Promise<number> => agents(options, crowd);
    const bare = (): Promise<number> => bareSockets(options, crowd);
    const measured = summarise(await interleave(options.quick ? 1 : 3, ours, bare));
    const count = options.quick ? 500 : 2_000;
    const rss = await undisturbed(options, count);
    return [
      relative("memory of a connected idle agent", measured, "KiB", {
        goal: "≤ 2 × a bare socket",
        ok: measured.ratio <= 2,
      }),
      absolute(`resident memory of the supervisor with ${count.toLocaleString("en")} agents`, rss / MB, "MB", {
        goal: "< 512 MB",
        ok: rss < 512 * MB,
      }),
    ];
  },
};

async function agents(options: BenchmarkOptions, crowd: number): Promise<number> {
  const supervisor = options.closers.use(
    "supervisor",
    await BenchSupervisor.start(options.folder("idle"), { probe: "gc" }),
  );
  const fleet = startFleet(options);
  const perAgent = await increment(supervisor.pid, crowd, {
    connect: (count) => fleet.call("connect", { url: supervisor.url, token: supervisor.token, count }),
    settle: () => fillCaches(supervisor, fleet),
    collect: () => supervisor.collectGarbage(),
  });
  await Promise.all([fleet[Symbol.asyncDispose](), supervisor.kill()]);
  options.note(`an agent holds ${perAgent.toFixed(1)} KiB`);
  return perAgent;
}

async function bareSockets(options: BenchmarkOptions, crowd: number): Promise<number> {
  const server = startBareServer(options);
  const fleet = startFleet(options);
  const url = await server.call("url");
  const perSocket = await increment(server.pid, crowd, {
    connect: (count) => fleet.call("connectBare", { url, token: "none", count }),
    settle: async () => undefined,
    collect: () => server.call("collectGarbage"),
  });
  await Promise.all([fleet[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);
  options.note(`a bare socket holds ${perSocket.toFixed(1)} KiB`);
  return perSocket;
}

/** The database's caches grow as it is used, whatever is connected, up to their limit. */
async function fillCaches(supervisor: BenchSupervisor, fleet: Fleet): Promise<void> {
  // a little at a time, as large frames leave much free
  const flood = { eventsPerFrame: 10, windowFrames: 1, eventBytes: 400, story: "tool" } as const;
  await fleet.call("flood", { ...flood, events: CACHED_EVENTS });
  const client = supervisor.client(() => undefined);
  let before: string | undefined;
  for (let page = 0; page < CACHED_PAGES; page += 1) {
    const { output } = await client.call("events.list", { limit: 500, ...(before === undefined ? {} : { before }) });
    before = output.at(-1)?.cursor;
  }
}

interface Server {
  readonly connect: (count: number) => Promise<unknown>;
  /** brings it to where it has what it sets aside once */
  readonly settle: () => Promise<unknown>;
  readonly collect: () => Promise<unknown>;
}

/** By how much each of the connections makes the resident memory grow, in KiB. */
async function increment(pid: number, crowd: number, { connect, settle, collect }: Server): Promise<number> {
  const held = async (): Promise<number> => {
    await collect();
    await settledRssBytes(pid, SETTLE_MS);
    await collect();
    return rssBytes(pid); // at once: heartbeats leave garbage again
  };
  const add = async (count: number): Promise<void> => {
    for (let added = 0; added < count; added += STEP) {
      await connect(Math.min(STEP, count - added));
      await collect();
    }
  };
  await add(FIRST);
  await settle();
  const before = await held();
  await add(crowd - FIRST);
  const after = await held();
  return (after - before) / (crowd - FIRST) / KIB;
}

/** What an operator sees: nobody collects garbage but the program itself. */
async function undisturbed(options: BenchmarkOptions, count: number): Promise<number> {
  const supervisor = options.closers.use("supervisor", await BenchSupervisor.start(options.folder("idle")));
  const fleet = startFleet(options);
  await fleet.call("connect", { url: supervisor.url, token: supervisor.token, count });
  return rssBytes(supervisor.pid);
}
