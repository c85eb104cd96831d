import type { Closers } from "@hal/daemon";
import type { Summary } from "./harness/statistics.ts";

/** One measured number, beside what it is compared with. */
export interface Figure {
  readonly figure: string;
  /** null where it could not be had, such as the time of something that did not happen */
  readonly value: number | null;
  readonly unit: string;
  /** measured in the same run and in the same unit; null where the goal is an absolute one */
  readonly baseline: number | null;
  /** value to baseline: the median over interleaved pairs where there are several */
  readonly ratio: number | null;
  readonly goal: string;
  readonly ok: boolean;
}

/** What was to be reached, and whether it was. */
export type Verdict = Pick<Figure, "goal" | "ok">;

/** For what is measured so that it can be compared over time and has no limit. */
export const STATED: Verdict = { goal: "stated", ok: true };

/** A figure whose goal is a number of its own. */
export function absolute(figure: string, value: number | null, unit: string, verdict: Verdict): Figure {
  return { figure, value, unit, baseline: null, ratio: null, ...verdict };
}

/** A figure whose goal is relative to a baseline of the same run. */
export function relative(figure: string, measured: Summary, unit: string, verdict: Verdict): Figure {
  return { figure, unit, ...measured, ...verdict };
}

/** What a benchmark may use. */
export interface BenchmarkOptions {
  /** a smoke of two minutes for all of them: the same paths, too short for good numbers */
  readonly quick: boolean;
  /** makes a folder that is removed at the end, also after Ctrl-C */
  readonly folder: (name: string) => string;
  /** released when the benchmark is over, however it ends */
  readonly closers: Closers;
  /** the path of an opencode */
  readonly opencode: () => Promise<string>;
  /** says to a person what goes on */
  readonly note: (text: string) => void;
}

/** Measures one or more figures of the table in `npm run bench`. */
export interface Benchmark {
  readonly name: string;
  readonly goal: string;
  readonly run: (options: BenchmarkOptions) => Promise<Figure[]>;
}
