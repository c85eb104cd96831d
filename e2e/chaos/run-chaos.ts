import { Chaos, type ChaosOptions } from "./chaos.ts";
import { type Fault, whySkipped } from "./faults/fault.ts";
import { FAULTS } from "./faults/index.ts";
import { Random } from "./random.ts";
import type { World } from "./world.ts";

/** Every so many rounds, and in the last one, all sessions are compared, not only those that changed. */
const WHOLE_EVERY = 10;

export interface RunOptions extends ChaosOptions {
  readonly rounds: number;
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
  readonly slowestSettledMs: number;
  /** how often each fault happened */
  readonly faults: Readonly<Record<string, number>>;
  /** how often each fault could not happen, and why */
  readonly skipped: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

/** Round by round faults of chance, until something is wrong. Throws when `signal` aborts, after it has cleaned up. */
export async function runChaos(options: RunOptions, signal: AbortSignal): Promise<ChaosReport> {
  const random = new Random(options.seed);
  const tally = { rounds: 0, sessions: 0, messages: 0, prompts: 0, slowestSettledMs: 0 };
  const faults: Record<string, number> = {};
  const skipped: Record<string, number> = {};
  await using chaos = await Chaos.open(options);
  while (tally.rounds < options.rounds) {
    tally.rounds += 1;
    const chosen = chooseFaults(chaos.world, random, skipped);
    const isWhole = tally.rounds % WHOLE_EVERY === 0 || tally.rounds === options.rounds;
    const round = await Promise.race([chaos.round(chosen, isWhole), interruption(signal)]);
    for (const { name } of chosen) count(faults, name);
    tally.sessions += round.sessions;
    tally.messages += round.messages;
    tally.prompts += round.prompts;
    tally.slowestSettledMs = Math.max(tally.slowestSettledMs, Math.round(round.settledMs));
    const what = chosen.map(({ name }) => name).join(", ");
    const state = round.problems.length === 0 ? "ok" : "WRONG";
    options.say(
      `round ${tally.rounds} ${state}: ${what}: ${seconds(round.troubledMs)} s, settled in ${seconds(round.settledMs)} s; ` +
        `${round.prompts} prompts, ${round.sessions} sessions, ${round.messages} messages${isWhole ? ", all" : ""}` +
        (round.waitedFor === undefined ? "" : `; last was: ${round.waitedFor.slice(0, 200)}`),
    );
    if (round.problems.length > 0) {
      if (options.keep !== undefined) chaos.keepEvidence(options.keep);
      return { ...tally, faults, skipped, problems: round.problems.map(({ kind, text }) => `${kind}: ${text}`) };
    }
  }
  return { ...tally, faults, skipped, problems: [] };
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
