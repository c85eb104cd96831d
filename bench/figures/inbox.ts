import { type Benchmark, type BenchmarkOptions, type Figure, relative } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { interleave, percentile, summarise } from "../harness/statistics.ts";
import { FleetLink } from "../load/fleet-link.ts";
import { type Said, tell, turnOf } from "../load/tell.ts";

const SESSIONS = 10_000;
const MOST_MS = 50;
const FRAME_SESSIONS = 50;
const HOUR_MS = 3_600_000;

/** How a session is left, by its number. */
type Mix = (number: number) => "works" | "rests" | "failed" | "stuck" | "asks";

/** After a night: most are at work or rest, and a few need somebody. */
const NIGHT: Mix = (number) => {
  if (number % 200 === 0) return "asks";
  if (number % 100 === 1) return "failed";
  if (number % 500 === 2) return "stuck";
  return number % 10 === 3 ? "works" : "rests";
};

/** Each of them needs somebody. */
const WORST: Mix = (number) => (["rests", "failed", "stuck", "asks"] as const)[number % 4] as ReturnType<Mix>;

/** What it takes to say what needs a person, among many sessions. */
export const inbox: Benchmark = {
  name: "inbox",
  goal: `over ${SESSIONS.toLocaleString("en")} sessions: p99 ≤ ${MOST_MS} ms`,
  async run(options) {
    return [
      await figureOf(options, "after a night", NIGHT),
      await figureOf(options, "each of which needs somebody", WORST),
    ];
  },
};

async function figureOf(options: BenchmarkOptions, what: string, mix: Mix): Promise<Figure> {
  const count = options.quick ? SESSIONS / 10 : SESSIONS;
  const large = await filled(options, count, mix);
  const small = await filled(options, count / 100, mix);
  const requests = options.quick ? 30 : 100;
  const p99 = (supervisor: BenchSupervisor) => async (): Promise<number> => {
    const times: number[] = [];
    for (let request = 0; request < requests; request += 1) times.push(await timeInbox(supervisor));
    return percentile(times, 99);
  };
  await p99(large)(); // until the code and the caches are warm
  await p99(small)();
  const measured = summarise(await interleave(options.quick ? 1 : 3, p99(large), p99(small)));
  return relative(`inbox over ${SESSIONS.toLocaleString("en")} sessions ${what}, p99`, measured, "ms", {
    goal: `≤ ${MOST_MS} ms`,
    ok: measured.value <= MOST_MS,
  });
}

async function filled({ folder, closers }: BenchmarkOptions, count: number, mix: Mix): Promise<BenchSupervisor> {
  const supervisor = closers.use("supervisor", await BenchSupervisor.start(folder("inbox")));
  const link = await FleetLink.connect({ url: supervisor.url, token: supervisor.token }, 1);
  closers.add("agent", () => link.close());
  for (let from = 0; from < count; from += FRAME_SESSIONS) {
    const numbers = Array.from({ length: Math.min(FRAME_SESSIONS, count - from) }, (_, index) => from + index);
    await tell(
      link,
      numbers.flatMap((number) => sessionOf(number, mix)),
    );
  }
  return supervisor;
}

function sessionOf(number: number, mix: Mix): Said[] {
  const session = `ses_${number}`;
  const kind = mix(number);
  const turn = turnOf(session, { isOver: kind === "rests" });
  const now = Date.now();
  switch (kind) {
    case "works":
    case "rests":
      return turn;
    case "failed":
      return [...turn, { type: "session.error", session, data: { name: "APIError", message: "invalid key" } }];
    case "stuck":
      return [...turn, { type: "session.health", session, data: { quietSince: now - HOUR_MS } }];
    case "asks": {
      const summary = "npm test";
      const asked = { interactionId: `per_${number}`, kind: "permission", summary, permission: "bash", askedAt: now };
      return [...turn, { type: "interaction.asked", session, data: asked }];
    }
    default:
      return kind satisfies never;
  }
}

async function timeInbox({ httpUrl, token }: BenchSupervisor): Promise<number> {
  const began = performance.now();
  const response = await fetch(`${httpUrl}/api/v1/inbox`, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  if (!response.ok) throw new Error(`inbox: ${response.status} ${text}`);
  return performance.now() - began;
}
