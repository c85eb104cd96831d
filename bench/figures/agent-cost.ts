import { setTimeout as delay } from "node:timers/promises";
import { absolute, type Benchmark, type BenchmarkOptions, STATED } from "../benchmark.ts";
import { type AgentStage, openAgentStage } from "../harness/agent-stage.ts";
import { OpencodeTraffic } from "../harness/opencode-traffic.ts";
import { cpuSeconds, rssBytes } from "../harness/process-usage.ts";

const MOST_CPU_SECONDS = 0.25;
const MOST_RSS_MB = 100;
const MB = 1e6;
/** of the scripted model in each session; opencode makes an event of each */
const WORDS_PER_SECOND = 10;
/** how long a session may take to start while others do, too */
const START_SECONDS = 0.25;
const CALM_SESSIONS = 5;
const BUSY_SESSIONS = 100;

/** What an agent costs its machine while its opencode is at work. */
export const agentCost: Benchmark = {
  name: "agent-cost",
  goal: "≤ 0.25 s of CPU for 1,000 opencode events at 1,000/s; ≤ 100 MB",
  async run(options) {
    const at = await openAgentStage(options);
    const traffic = options.closers.use("traffic", await OpencodeTraffic.open(at.agent.opencode().address));
    await work(options, at, traffic, { sessions: 2, seconds: 1 }); // until the code is warm
    const seconds = options.quick ? 3 : 15;
    const calm = await work(options, at, traffic, { sessions: CALM_SESSIONS, seconds });
    const busy = await work(options, at, traffic, { sessions: BUSY_SESSIONS, seconds });
    const rss = Math.max(calm.rss, busy.rss);
    const cpu = "CPU of the agent for 1,000 opencode events";
    return [
      absolute(`${cpu}, at about 1,000/s`, busy.cpuPerThousand, "s", {
        goal: "≤ 0.25 s",
        ok: busy.cpuPerThousand <= MOST_CPU_SECONDS,
      }),
      absolute("opencode events a second while that was measured", busy.perSecond, "events/s", STATED),
      absolute(`${cpu}, at about 50/s`, calm.cpuPerThousand, "s", STATED),
      absolute("resident memory of the agent beside an opencode at work, at most", rss / MB, "MB", {
        goal: "≤ 100 MB",
        ok: rss <= MOST_RSS_MB * MB,
      }),
    ];
  },
};

interface Cost {
  readonly cpuPerThousand: number;
  readonly perSecond: number;
  /** at the end of the work, before the sessions are stopped, in bytes */
  readonly rss: number;
}

/** Lets sessions work side by side for a while and says what that took of the agent. */
async function work(
  { note }: BenchmarkOptions,
  { agent, begin, abort }: AgentStage,
  traffic: OpencodeTraffic,
  { sessions, seconds }: { readonly sessions: number; readonly seconds: number },
): Promise<Cost> {
  const { pid } = agent.program;
  const prompt = `[[slow: ${(seconds + sessions * START_SECONDS) * WORDS_PER_SECOND}]]`;
  const ids = await Promise.all(Array.from({ length: sessions }, () => begin(prompt)));
  const [cpu, events, began] = [cpuSeconds(pid), traffic.count, performance.now()];
  await delay(seconds * 1000);
  const told = traffic.count - events;
  const cpuPerThousand = ((cpuSeconds(pid) - cpu) * 1000) / told;
  const perSecond = (told * 1000) / (performance.now() - began);
  const rss = rssBytes(pid);
  note(
    `${told} opencode events at ${Math.round(perSecond)}/s: ${cpuPerThousand.toFixed(3)} s of CPU for 1,000; ${(rss / MB).toFixed(0)} MB`,
  );
  await Promise.all(ids.map(abort));
  return { cpuPerThousand, perSecond, rss };
}
