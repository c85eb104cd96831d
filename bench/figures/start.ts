import { copyFileSync, statSync } from "node:fs";
import { type Benchmark, type BenchmarkOptions, relative, type Verdict } from "../benchmark.ts";
import { BenchSupervisor, databaseIn } from "../harness/bench-supervisor.ts";
import { openDatabase } from "../harness/database.ts";
import { fillLog } from "../harness/fill-log.ts";
import { interleave, summarise } from "../harness/statistics.ts";

const WAL_BYTES = 17 * 1000 * 1000;

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
    await fillLog(filling, { events, sessions: events / 500 });
    filling.close();
    await startIn(options, empty); // makes the database

    const beforeEmpty = () => startIn(options, empty);
    const large = summarise(await interleave(rounds, () => startIn(options, full), beforeEmpty));
    const wal = makeLargeWal(options);
    const killed = summarise(await interleave(rounds, () => startIn(options, wal()), beforeEmpty));
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

/** Makes the files that a killed supervisor leaves, and returns how to have a fresh copy of them. */
function makeLargeWal(options: BenchmarkOptions): () => string {
  const killed = options.folder("killed");
  const file = databaseIn(killed);
  const driver = openDatabase(killed);
  options.closers.add("database with a large WAL", () => driver.close());
  driver.pragma("wal_autocheckpoint = 0");
  const insert = driver.prepare("insert into events (at, received_at, type, data) values (1, 1, 'bench', ?)");
  const insertMany = driver.transaction(() => {
    for (let row = 0; row < 1_000; row += 1) insert.run(JSON.stringify({ text: "x".repeat(300) }));
  });
  while (statSync(`${file}-wal`).size < WAL_BYTES) insertMany();
  return () => {
    const copy = options.folder("killed");
    for (const suffix of ["", "-wal"]) copyFileSync(`${file}${suffix}`, `${databaseIn(copy)}${suffix}`);
    return copy;
  };
}
