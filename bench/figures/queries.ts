import { absolute, type Benchmark, type BenchmarkOptions, type Figure, relative } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { openDatabase } from "../harness/database.ts";
import { FILLED_NODE, filledSession, fillLog } from "../harness/fill-log.ts";
import { percentile, type Summary, summarise } from "../harness/statistics.ts";

const EVENTS_A_SESSION = 500;
const EVENTS_AN_ANSWER = 50;
/** A page that takes longer than this has failed already. */
const PAGE_LIMIT_MS = 20_000;
/** A round of pages ends after this time, too. */
const ROUND_LIMIT_MS = 4_000;
/** Beyond this, other filters would only take more of the same. */
const HOPELESS_MS = 5_000;
const MOST_HELD_UP_MS = 100;

interface Question {
  readonly figure: string;
  readonly path: (request: number) => string;
  readonly goal: string;
  readonly ok: (measured: Summary) => boolean;
}

/** What people ask of a large log, beside the same on a hundredth of it. */
export const queries: Benchmark = {
  name: "queries",
  goal: "newest events ≤ 3 ×, sessions and cost month ≤ 2 ×, one session's events ≤ 20 ms, no page holds the loop up for more than 100 ms",
  async run(options) {
    const events = options.quick ? 200_000 : 10_000_000;
    const large = await filledSupervisor(options, events);
    const small = await filledSupervisor(options, events / 100);
    const figures: Figure[] = [];
    for (const question of questions(events)) figures.push(await ask(options, question, large, small));
    figures.push(await heldUp(options, large, events));
    return figures;
  },
};

function questions(events: number): readonly Question[] {
  const log = `with ${events.toLocaleString("en")} events, p99`;
  return [
    {
      figure: `newest events page ${log}`,
      path: () => "/events?limit=100",
      goal: "≤ 3 × a hundredth",
      ok: ({ ratio }) => ratio <= 3,
    },
    {
      figure: `sessions list ${log}`,
      path: () => "/sessions?limit=100",
      goal: "≤ 2 × a hundredth",
      ok: ({ ratio }) => ratio <= 2,
    },
    {
      figure: `cost month with ${(events / EVENTS_AN_ANSWER).toLocaleString("en")} answers, p99`,
      path: () => "/cost/month",
      goal: "≤ 2 × a hundredth",
      ok: ({ ratio }) => ratio <= 2,
    },
    {
      figure: `events of one session ${log}`,
      // each of the sessions that both logs have, one after the other
      path: (request) => `/events?limit=100&session_id=${filledSession(request % (events / 100 / EVENTS_A_SESSION))}`,
      goal: "≤ 20 ms",
      ok: ({ value }) => value <= 20,
    },
  ];
}

async function filledSupervisor(options: BenchmarkOptions, events: number): Promise<BenchSupervisor> {
  const folder = options.folder("queries");
  const database = openDatabase(folder);
  const began = performance.now();
  await fillLog(database.driver, { events, sessions: events / EVENTS_A_SESSION, answers: events / EVENTS_AN_ANSWER });
  database.close();
  options.note(
    `filled a log with ${events.toLocaleString("en")} events in ${((performance.now() - began) / 1000).toFixed(0)} s`,
  );
  return options.closers.use("supervisor", await BenchSupervisor.start(folder, { probe: "lag" }));
}

/** Rounds on both logs in turn. */
async function ask(
  { quick }: BenchmarkOptions,
  { figure, path, goal, ok }: Question,
  large: BenchSupervisor,
  small: BenchSupervisor,
): Promise<Figure> {
  const requests = quick ? 50 : 200;
  const p99 = async (supervisor: BenchSupervisor): Promise<number> => {
    const times: number[] = [];
    const limit = performance.now() + ROUND_LIMIT_MS;
    for (let request = 0; request < requests && performance.now() < limit; request += 1)
      times.push(await timePage(supervisor, path(request)));
    return percentile(times, 99);
  };
  await p99(large); // until the code and the caches are warm
  await p99(small);
  const pairs = [];
  for (let round = 0; round < (quick ? 3 : 7); round += 1)
    pairs.push({ value: await p99(large), baseline: await p99(small) });
  const measured = summarise(pairs);
  return relative(figure, measured, "ms", { goal, ok: ok(measured) });
}

/** The longest that the event loop stood still while pages were asked for that match nothing or little. */
async function heldUp({ note }: BenchmarkOptions, supervisor: BenchSupervisor, events: number): Promise<Figure> {
  const filters = [
    "type=bench.never",
    "node_id=nobody",
    "session_id=ses_nobody",
    `session_id=${filledSession(1)}&type=bench.never`,
    `node_id=${FILLED_NODE}&type=bench.never`,
    `node_id=nobody&type=tool.execute.after`,
    "since=2100-01-01T00:00:00Z",
    `since=2100-01-01T00:00:00Z&session_id=${filledSession(1)}`,
  ];
  let longest = 0;
  await supervisor.lag();
  for (const filter of filters) {
    const ms = await timePage(supervisor, `/events?limit=100&${filter}`);
    const { max } = await supervisor.lag();
    note(`?${filter}: ${ms.toFixed(0)} ms, the loop stood still for ${max.toFixed(0)} ms`);
    longest = Math.max(longest, max);
    if (longest > HOPELESS_MS) break;
  }
  return absolute(
    `longest standstill of the event loop by a page of any filter with ${events.toLocaleString("en")} events`,
    longest,
    "ms",
    {
      goal: `≤ ${MOST_HELD_UP_MS} ms`,
      ok: longest <= MOST_HELD_UP_MS,
    },
  );
}

async function timePage(supervisor: BenchSupervisor, path: string): Promise<number> {
  const began = performance.now();
  try {
    const response = await fetch(`${supervisor.httpUrl}/api/v1${path}`, {
      headers: { authorization: `Bearer ${supervisor.token}` },
      signal: AbortSignal.timeout(PAGE_LIMIT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  } catch (error) {
    if ((error as Error).name !== "TimeoutError") throw error;
  }
  return performance.now() - began;
}
