import { COST_DIMENSIONS } from "@hal/protocol";
import { type Benchmark, type BenchmarkOptions, type Figure, relative } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { openDatabase } from "../harness/database.ts";
import { fillLedger } from "../harness/fill-ledger.ts";
import { interleave, median, summarise } from "../harness/statistics.ts";

const ANSWERS = 100_000;
const DAYS = 90;
const MOST_MS = 100;

/** Each two dimensions once. */
const PAIRS = COST_DIMENSIONS.flatMap((one, index) =>
  COST_DIMENSIONS.slice(index + 1).map((other) => `${one},${other}`),
);

/** What it takes to say what 90 days cost, by any two dimensions. */
export const costReport: Benchmark = {
  name: "cost-report",
  goal: `${ANSWERS.toLocaleString("en")} answers of ${DAYS} days by any two dimensions: < ${MOST_MS} ms`,
  async run(options) {
    const [figures, folders] = [[] as Figure[], [options.folder("report"), options.folder("report")] as const];
    const [large, small] = [
      await filled(options, folders[0], ANSWERS),
      await filled(options, folders[1], ANSWERS / 100),
    ];
    const slowest = (supervisor: BenchSupervisor) => async (): Promise<number> => {
      let most = 0;
      for (const by of PAIRS) most = Math.max(most, await timeReport(supervisor, by, options.quick ? 3 : 9));
      return most;
    };
    await slowest(large)(); // until the code and the caches are warm
    await slowest(small)();
    const measured = summarise(await interleave(options.quick ? 1 : 3, slowest(large), slowest(small)));
    const answers = ANSWERS.toLocaleString("en");
    figures.push(
      relative(
        `cost report of ${answers} answers in ${DAYS} days, by the slowest two dimensions, p50`,
        measured,
        "ms",
        {
          goal: `< ${MOST_MS} ms`,
          ok: measured.value < MOST_MS,
        },
      ),
    );
    for (const by of PAIRS) options.note(`by ${by}: ${(await timeReport(large, by, 9)).toFixed(1)} ms`);
    return figures;
  },
};

async function filled({ closers }: BenchmarkOptions, folder: string, answers: number): Promise<BenchSupervisor> {
  const database = openDatabase(folder);
  fillLedger(database.driver, { answers, days: DAYS });
  database.close();
  return closers.use("supervisor", await BenchSupervisor.start(folder));
}

async function timeReport(supervisor: BenchSupervisor, by: string, requests: number): Promise<number> {
  const first = new Date(Date.now() - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10);
  const times: number[] = [];
  for (let request = 0; request < requests; request += 1) {
    const began = performance.now();
    const response = await fetch(`${supervisor.httpUrl}/api/v1/cost/report?from=${first}&by=${by}`, {
      headers: { authorization: `Bearer ${supervisor.token}` },
    });
    const body = (await response.json()) as { readonly data?: { readonly row_count: number } };
    if ((body.data?.row_count ?? 0) === 0) throw new Error(`no report by ${by}: ${JSON.stringify(body).slice(0, 200)}`);
    times.push(performance.now() - began);
  }
  return median(times);
}
