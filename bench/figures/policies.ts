import { setTimeout as delay } from "node:timers/promises";
import { type Benchmark, type BenchmarkOptions, type Figure, relative } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { openDatabase, timeCommits } from "../harness/database.ts";
import { startBareServer } from "../harness/helpers.ts";
import { PingPong } from "../harness/ping-pong.ts";
import { mainThreadMs } from "../harness/process-usage.ts";
import { interleave, percentile, summarise } from "../harness/statistics.ts";
import { FleetLink } from "../load/fleet-link.ts";
import { tell, turnOf } from "../load/tell.ts";

const SESSIONS = 10_000;
const MOST_MS = 20;
const MOST_TRIP_MS = 50;
const FRAME_SESSIONS = 50;
/** that the event is in the log, and that the policy acted */
const COMMITS = 2;
/** what sessions are told when the supervisor starts is looked at until then */
const SETTLE_MS = 15_000;

const SHORT = { enabled: true, idle_threshold_seconds: 1, max_retries: 3, retry_reset_seconds: 3_600 };
const ON = {
  resume_on_idle: SHORT,
  resume_interrupted: { enabled: true, max_retries: 1_000_000 },
  resume_on_limit: { enabled: true },
};
const OFF = { alert_on_stuck: { enabled: false }, alert_on_error_loop: { enabled: false } };

/** What policies cost while nothing may be done in any of many sessions, and how soon they act. */
export const policies: Benchmark = {
  name: "policies",
  goal: `${SESSIONS.toLocaleString("en")} sessions: ≤ ${MOST_MS} ms of the main thread a second; event → command p99 ≤ ${MOST_TRIP_MS} ms`,
  async run(options) {
    const on = await startSide(options, ON);
    const off = await startSide(options, OFF);
    await pause(on.supervisor);
    await delay(SETTLE_MS);
    const cost = await costOf(options, on, off);
    await resume(on.supervisor);
    await delay(SETTLE_MS);
    return [cost, await tripOf(options, on)];
  },
};

interface Side {
  readonly supervisor: BenchSupervisor;
  readonly link: FleetLink;
}

/** A supervisor with an agent whose sessions all rest behind a turn. */
async function startSide({ folder, closers, quick }: BenchmarkOptions, configured: object): Promise<Side> {
  const supervisor = closers.use(
    "supervisor",
    await BenchSupervisor.start(folder("policies"), { policies: configured }),
  );
  const link = await FleetLink.connect({ url: supervisor.url, token: supervisor.token }, 1);
  closers.add("agent", () => link.close());
  const count = quick ? SESSIONS / 10 : SESSIONS;
  for (let from = 0; from < count; from += FRAME_SESSIONS)
    await tell(
      link,
      Array.from({ length: FRAME_SESSIONS }, (_, index) => turnOf(`ses_${from + index}`, { isOver: true })).flat(),
    );
  return { supervisor, link };
}

/** With a pause of the fleet every session is due again and again, and nothing ever comes of it. */
function pause(supervisor: BenchSupervisor): Promise<void> {
  return ask(supervisor, "pause");
}

function resume(supervisor: BenchSupervisor): Promise<void> {
  return ask(supervisor, "resume");
}

async function ask({ httpUrl, token }: BenchSupervisor, what: "pause" | "resume"): Promise<void> {
  const response = await fetch(`${httpUrl}/api/v1/policies/${what}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ scope: "fleet" }),
  });
  if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`);
}

async function costOf({ quick }: BenchmarkOptions, on: Side, off: Side): Promise<Figure> {
  const seconds = quick ? 4 : 15;
  const measure =
    ({ supervisor }: Side) =>
    async () => {
      const before = mainThreadMs(supervisor.pid);
      await delay(seconds * 1_000);
      return (mainThreadMs(supervisor.pid) - before) / seconds;
    };
  const measured = summarise(await interleave(quick ? 1 : 3, measure(on), measure(off)));
  return relative(
    `main thread for a second of all policies over ${SESSIONS.toLocaleString("en")} sessions, none of which may act`,
    measured,
    "ms",
    { goal: `≤ ${MOST_MS} ms above a supervisor without policies`, ok: measured.value - measured.baseline <= MOST_MS },
  );
}

/** From an event at the agent to the command at the agent that a policy makes of it, one after the other. */
async function tripOf(options: BenchmarkOptions, { link }: Side): Promise<Figure> {
  let made = 0;
  const trip = async (): Promise<number> => {
    made += 1;
    const session = `ses_trip_${made}`;
    await tell(link, turnOf(session, { isOver: false }));
    const came = Promise.withResolvers<void>();
    link.onCommand = ({ args }) => {
      if ((args as { readonly sessionId?: unknown }).sessionId === session) came.resolve();
    };
    const began = performance.now();
    void tell(link, [
      { type: "session.error", session, data: { name: "InterruptedError", message: "opencode ended" } },
    ]);
    await came.promise;
    return performance.now() - began;
  };
  const server = startBareServer(options);
  const socket = await PingPong.open(await server.call("url"));
  options.closers.add("bare socket", () => socket.close());
  const disk = openDatabase(options.folder("commits"));
  options.closers.add("bare database", () => disk.close());
  const bare = async (): Promise<number> =>
    timeCommits(disk.driver, COMMITS).reduce((sum, ms) => sum + ms, await socket.play("x".repeat(350)));
  const perRound = options.quick ? 30 : 150;
  const p99 = (once: () => Promise<number>) => async (): Promise<number> => {
    const measured: number[] = [];
    for (let done = 0; done < perRound; done += 1) measured.push(await once());
    return percentile(measured, 99);
  };
  await p99(trip)(); // until the code is warm
  const measured = summarise(await interleave(options.quick ? 1 : 3, p99(trip), p99(bare)));
  return relative("event at an agent → the command that a policy makes of it, p99", measured, "ms", {
    goal: `≤ ${MOST_TRIP_MS} ms`,
    ok: measured.value <= MOST_TRIP_MS,
  });
}
