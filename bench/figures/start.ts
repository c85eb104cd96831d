import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { type Benchmark, type BenchmarkOptions, relative, type Verdict } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { openDatabase } from "../harness/database.ts";
import { fillLog } from "../harness/fill-log.ts";
import { startFleet } from "../harness/helpers.ts";
import { interleave, summarise } from "../harness/statistics.ts";

const WAL_BYTES = 17 * 1000 * 1000;
const WAL_LIMIT_MS = 60_000;
/** More than makes such a WAL. */
const FLOOD = { events: 50_000, eventsPerFrame: 100, windowFrames: 2, eventBytes: 400, story: "tool" } as const;

/** From the start of the process to the first good answer of /readyz. */
export const start: Benchmark = {
  name: "start",
  goal: "≤ 1.2 × with 1,000,000 events; ≤ 2 × after SIGKILL with a WAL of 17 MB",
  async run(options) {
    const events = options.quick ? 100_000 : 1_000_000;
    const rounds = options.quick ? 3 : 9;
    const empty = options.folder("empty");
    const full = options.folder("full");
    const filling = openDatabase(full);
    await fillLog(filling.driver, { events, sessions: events / 500 });
    filling.close();
    // each is one that a supervisor made or took over, and closed in order
    await startIn(options, empty);
    await startIn(options, full);

    const beforeEmpty = () => startIn(options, empty);
    const large = summarise(await interleave(rounds, () => startIn(options, full), beforeEmpty));
    const killed = summarise(await interleave(rounds, () => startAfterKill(options), beforeEmpty));
    const verdict = (ratio: number, most: number): Verdict => ({ goal: `≤ ${most} × an empty one`, ok: ratio <= most });
    return [
      relative(
        `start to ready with ${events.toLocaleString("en")} events in the log`,
        large,
        "ms",
        verdict(large.ratio, 1.2),
      ),
      relative("start to ready after SIGKILL with a WAL of 17 MB", killed, "ms", verdict(killed.ratio, 2)),
    ];
  },
};

async function startIn(options: BenchmarkOptions, folder: string): Promise<number> {
  const supervisor = options.closers.use("supervisor", await BenchSupervisor.start(folder));
  await supervisor.stop();
  return supervisor.readyMs;
}

/**
 * Kills a supervisor in the middle of a flood and starts it again. Somebody who reads the database all the while, as a
 * tool for backups does, is why the WAL has grown that large.
 */
async function startAfterKill(options: BenchmarkOptions): Promise<number> {
  const supervisor = options.closers.use("supervisor", await BenchSupervisor.start(options.folder("killed")));
  const wal = `${supervisor.database}-wal`;
  const reader = new DatabaseSync(supervisor.database, { readOnly: true });
  reader.exec("begin");
  reader.prepare("select count(*) from nodes").get();
  const fleet = startFleet(options);
  await fleet.call("connect", { url: supervisor.url, token: supervisor.token, count: 50 });
  const flooding = fleet.call("flood", FLOOD).then(
    () => "over",
    () => "cut short",
  );
  const limit = performance.now() + WAL_LIMIT_MS;
  while (statSync(wal).size < WAL_BYTES && performance.now() < limit) await delay(1);
  await supervisor.kill();
  reader.close();
  await fleet[Symbol.asyncDispose]();
  await flooding;
  const bytes = statSync(wal).size;
  if (bytes < WAL_BYTES) throw new Error(`the WAL has ${bytes} bytes when its supervisor was killed`);
  await supervisor.restart();
  await supervisor.stop();
  return supervisor.readyMs;
}
