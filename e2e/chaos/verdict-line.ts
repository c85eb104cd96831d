import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { ROOT } from "../harness/program.ts";
import type { ProblemKind } from "./problem.ts";
import type { ChaosReport } from "./run-chaos.ts";

/** What a run was told to do. */
export interface RunFacts {
  readonly seed: number;
  readonly wantedRounds: number;
  /** busy processes beside it */
  readonly busy: number;
  readonly seconds: number;
}

/** Appends what a run came to, as one line of JSON, to a file that holds many runs. */
export function appendVerdict(file: string, report: ChaosReport, facts: RunFacts): void {
  appendFileSync(file, `${JSON.stringify(verdictOf(report, facts))}\n`);
}

function verdictOf(report: ChaosReport, { seed, wantedRounds, busy, seconds }: RunFacts) {
  const of = (...kinds: readonly ProblemKind[]): number =>
    report.problems.filter(({ kind }) => kinds.includes(kind)).length;
  const named: readonly ProblemKind[] = ["lost", "doubled", "done twice", "false state"];
  return {
    at: new Date().toISOString(),
    commit: git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "-uno") === "" ? "" : "+"),
    seed,
    rounds: report.rounds,
    wantedRounds,
    busy: busy === 0 ? "quiet" : `beside ${busy} busy processes`,
    lost: of("lost"),
    doubled: of("doubled"),
    doneTwice: of("done twice"),
    falseStates: of("false state"),
    others: report.problems.length - of(...named),
    worst: { ...report.worst, settledMs: report.slowestSettledMs },
    prompts: report.prompts,
    seconds: Math.round(seconds),
    faults: report.faults,
    skipped: report.skipped,
    problems: report.problems.map(({ kind, text }) => `${kind}: ${text}`),
  };
}

function git(...args: string[]): string {
  return spawnSync("git", args, { cwd: ROOT, encoding: "utf8" }).stdout.trim();
}
