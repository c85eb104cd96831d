import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { FAULTS, type Fault } from "./faults.ts";
import { Random } from "./random.ts";
import { judge, type Verdict } from "./verdict.ts";
import { Workload } from "./workload.ts";
import { World } from "./world.ts";

export interface ChaosOptions {
  /** path of the program */
  readonly opencode: string;
  readonly rounds: number;
  readonly seed: number;
  readonly agents: number;
  /** how long a world may take to settle after its faults */
  readonly settleMs: number;
  readonly say: (line: string) => void;
  /** where to copy all data and logs when something is wrong */
  readonly keep?: string | undefined;
}

/** What a run came to. */
export interface ChaosReport {
  readonly rounds: number;
  readonly sessions: number;
  readonly messages: number;
  readonly prompts: number;
  /** how often each fault happened */
  readonly faults: Readonly<Record<string, number>>;
  /** how often each fault could not happen, and why */
  readonly skipped: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
  /** what the programs wrote, where there are problems */
  readonly logs: readonly string[];
}

/** Round by round: people work, things go wrong, all is healed, and the log is compared with what each opencode holds. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const random = new Random(options.seed);
  const tally = { sessions: 0, messages: 0, prompts: 0 };
  const faults: Record<string, number> = {};
  const skipped: Record<string, number> = {};
  // each has numbers of its own, so that one seed means the same faults however fast the machine is
  await using world = await World.open(options.opencode, new Random(options.seed + 1), options.agents);
  const workload = new Workload(world, new Random(options.seed + 2));
  for (let round = 1; round <= options.rounds; round += 1) {
    const began = performance.now();
    const since = Date.now();
    const chosen = chooseFaults(world, random, skipped);
    workload.start();
    for (const fault of chosen) {
      await delay(random.between(200, 1_200));
      const agent = random.pick(world.agents);
      await fault.happen({ world, random, agent, alone: (work) => workload.alone(work) });
      faults[fault.name] = (faults[fault.name] ?? 0) + 1;
    }
    await world.heal();
    await workload.stop();
    const asked = workload.takeAsked();
    const isLast = round === options.rounds;
    const verdict = await settle(world, workload, { asked, since: isLast ? 0 : since, settleMs: options.settleMs });
    tally.sessions += verdict.sessions;
    tally.messages += verdict.messages;
    tally.prompts += asked.length;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const what = chosen.map(({ name }) => name).join(", ");
    const state = verdict.problems.length === 0 ? "ok" : "WRONG";
    options.say(
      `round ${round} ${state} in ${seconds} s: ${what}; ${asked.length} prompts, ${verdict.sessions} sessions, ${verdict.messages} messages`,
    );
    if (verdict.problems.length > 0) {
      const problems = verdict.problems.map(({ kind, text }) => `${kind}: ${text}`);
      if (options.keep !== undefined) keepEvidence(world, options.keep);
      return { rounds: round, ...tally, faults, skipped, problems, logs: world.stage.logs };
    }
  }
  return { rounds: options.rounds, ...tally, faults, skipped, problems: [], logs: [] };
}

function keepEvidence(world: World, folder: string): void {
  cpSync(world.stage.folder, folder, {
    recursive: true,
    filter: (source) => !/\/(projects|cache|ballast)/.test(source),
  });
  writeFileSync(path.join(folder, "programs.log"), world.stage.logs.join("\n"));
}

function chooseFaults(world: World, random: Random, skipped: Record<string, number>): Fault[] {
  const weighted = FAULTS.flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
  const chosen: Fault[] = [];
  const wanted = random.between(1, 3);
  while (chosen.length < wanted) {
    const fault = random.pick(weighted);
    const why = fault.skip?.(world);
    if (why === undefined) chosen.push(fault);
    else skipped[`${fault.name} (${why})`] = (skipped[`${fault.name} (${why})`] ?? 0) + 1;
  }
  return chosen;
}

/** Looks until nothing is wrong any more, or the time is over. What is doubled or contradicts itself for good stays. */
async function settle(
  world: World,
  workload: Workload,
  {
    asked,
    since,
    settleMs,
  }: { readonly asked: ReturnType<Workload["takeAsked"]>; readonly since: number; readonly settleMs: number },
): Promise<Verdict> {
  const limit = performance.now() + settleMs;
  for (;;) {
    await workload.answerAll();
    const isQuiet = await everybodyIsIdle(world);
    const verdict = await judge(world, asked, since);
    if ((isQuiet && verdict.problems.length === 0) || performance.now() > limit)
      return isQuiet ? verdict : { ...verdict, problems: [...verdict.problems, NOT_QUIET] };
    await delay(250);
  }
}

const NOT_QUIET = { kind: "contradiction", text: "the world did not come to rest" } as const;

async function everybodyIsIdle(world: World): Promise<boolean> {
  for (const agent of world.agents) {
    const working = await agent.opencode().statuses(agent.directoryOf(agent.name));
    const node = await world.node(agent);
    if (Object.keys(working).length > 0 || node.status !== "online" || node.outbox_depth > 0) return false;
  }
  return true;
}
