import { absolute, type Benchmark, type BenchmarkOptions, relative } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { startBareServer, startFleet } from "../harness/helpers.ts";
import { rssBytes, settledRssBytes } from "../harness/process-usage.ts";
import { interleave, summarise } from "../harness/statistics.ts";

const CROWD = 5_000;
const QUICK_CROWD = 2_000;
/**
 * Garbage is collected after so many, so that what handshakes leave does not pass for what connections hold. The first so
 * many are not counted: with them comes what a server sets aside once.
 */
const STEP = 500;
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
    collect: () => server.call("collectGarbage"),
  });
  await Promise.all([fleet[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);
  options.note(`a bare socket holds ${perSocket.toFixed(1)} KiB`);
  return perSocket;
}

interface Server {
  readonly connect: (count: number) => Promise<unknown>;
  readonly collect: () => Promise<unknown>;
}

/** By how much each of the connections makes the resident memory grow, in KiB. */
async function increment(pid: number, crowd: number, { connect, collect }: Server): Promise<number> {
  const held = async (): Promise<number> => {
    await settledRssBytes(pid, SETTLE_MS);
    await collect();
    return rssBytes(pid); // at once: heartbeats leave garbage again
  };
  await connect(STEP);
  const before = await held();
  for (let connected = STEP; connected < crowd; connected += STEP) {
    await connect(STEP);
    await collect();
  }
  const after = await held();
  return (after - before) / (crowd - STEP) / KIB;
}

/** What an operator sees: nobody collects garbage but the program itself. */
async function undisturbed(options: BenchmarkOptions, count: number): Promise<number> {
  const supervisor = options.closers.use("supervisor", await BenchSupervisor.start(options.folder("idle")));
  const fleet = startFleet(options);
  await fleet.call("connect", { url: supervisor.url, token: supervisor.token, count });
  return rssBytes(supervisor.pid);
}
