import path from "node:path";
import { Chaos, type ChaosOptions } from "./chaos.ts";
import { type Fault, whySkipped } from "./faults/fault.ts";
import { faultOf, FAULTS } from "./faults/index.ts";
import type { Problem } from "./problem.ts";
import { Random } from "./random.ts";
import type { Delays } from "./rightness.ts";
import type { World } from "./world.ts";

/** Every so many rounds, and in the last one, all sessions are compared, not only those that changed. */
const WHOLE_EVERY = 10;

export interface RunOptions extends ChaosOptions {
  readonly rounds: number;
  readonly say: (line: string) => void;
  /** whether further rounds follow one in which something was wrong */
  readonly goesOn: boolean;
  /** names of the faults of every round, where chance does not choose them */
  readonly faults: readonly string[];
  /** where to copy all data and logs when something is wrong */
  readonly keep?: string | undefined;
}

/** What a run came to. */
export interface ChaosReport {
  readonly rounds: number;
  readonly sessions: number;
  readonly messages: number;
  readonly prompts: number;
  readonly slowestSettledMs: number;
  /** the worst of all rounds */
  readonly worst: Delays;
  /** how often each fault happened */
  readonly faults: Readonly<Record<string, number>>;
  /** how often each fault could not happen, and why */
  readonly skipped: Readonly<Record<string, number>>;
  readonly problems: readonly Problem[];
}

/** Round by round faults of chance, mostly until something is wrong. Throws when `signal` aborts, after it has cleaned up. */
export async function runChaos(options: RunOptions, signal: AbortSignal): Promise<ChaosReport> {
  const random = new Random(options.seed);
  const tally = { rounds: 0, sessions: 0, messages: 0, prompts: 0, slowestSettledMs: 0 };
  let worst: Delays = { comparedMs: 0, reconnectMs: 0, falseMs: 0 };
  const faults: Record<string, number> = {};
  const skipped: Record<string, number> = {};
  const problems: Problem[] = [];
  await using chaos = await Chaos.open(options);
  while (tally.rounds < options.rounds) {
    tally.rounds += 1;
    const chosen =
      options.faults.length === 0 ? chooseFaults(chaos.world, random, skipped) : options.faults.map(faultOf);
    const isWhole = tally.rounds % WHOLE_EVERY === 0 || tally.rounds === options.rounds;
    const round = await Promise.race([chaos.round(chosen, isWhole), interruption(signal)]);
    for (const { name } of chosen) count(faults, name);
    tally.sessions += round.sessions;
    tally.messages += round.messages;
    tally.prompts += round.prompts;
    tally.slowestSettledMs = Math.max(tally.slowestSettledMs, Math.round(round.settledMs));
    worst = worseOf(worst, round.delays);
    const what = chosen.map(({ name }) => name).join(", ");
    const state = round.problems.length === 0 ? "ok" : "WRONG";
    options.say(
      `round ${tally.rounds} ${state}: ${what}: ${seconds(round.troubledMs)} s, settled in ${seconds(round.settledMs)} s, ` +
        `compared after ${seconds(round.delays.comparedMs)} s; ` +
        `${round.prompts} prompts, ${round.sessions} sessions, ${round.messages} messages${isWhole ? ", all" : ""}` +
        (round.waitedFor === undefined ? "" : `; last was: ${round.waitedFor.slice(0, 200)}`),
    );
    for (const { kind, text } of round.problems) {
      options.say(`  ${kind}: ${text}`);
      problems.push({ kind, text: `round ${tally.rounds}: ${text}` });
    }
    if (round.problems.length > 0) {
      if (options.keep !== undefined) chaos.keepEvidence(path.join(options.keep, `round-${tally.rounds}`));
      if (!options.goesOn) break;
    }
  }
  return { ...tally, worst, faults, skipped, problems };
}

function worseOf(a: Delays, b: Delays): Delays {
  return {
    comparedMs: Math.max(a.comparedMs, b.comparedMs),
    reconnectMs: Math.max(a.reconnectMs, b.reconnectMs),
    falseMs: Math.max(a.falseMs, b.falseMs),
  };
}

function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const interrupt = (): void => reject(new Error("interrupted"));
    if (signal.aborted) interrupt();
    signal.addEventListener("abort", interrupt, { once: true });
  });
}

function chooseFaults(world: World, random: Random, skipped: Record<string, number>): Fault[] {
  const weighted = FAULTS.flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
  const chosen: Fault[] = [];
  const wanted = random.between(1, 3);
  while (chosen.length < wanted) {
    const fault = random.pick(weighted);
    const why = whySkipped(fault, world);
    if (why === undefined) chosen.push(fault);
    else count(skipped, `${fault.name} (${why})`);
  }
  return chosen;
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
