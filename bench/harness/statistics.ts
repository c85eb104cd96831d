import { percentile } from "../../e2e/harness/percentile.ts";

export { percentile };

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** A value and its baseline, measured right after one another. */
export interface Pair {
  readonly value: number;
  readonly baseline: number;
}

/** Interleaved pairs in three numbers. */
export interface Summary extends Pair {
  readonly ratio: number;
}

/** Medians; the machine's mood is in both halves of a pair, so the ratio is the steady one. */
export function summarise(pairs: readonly Pair[]): Summary {
  return {
    value: median(pairs.map(({ value }) => value)),
    baseline: median(pairs.map(({ baseline }) => baseline)),
    ratio: median(pairs.map(({ value, baseline }) => value / baseline)),
  };
}

/** Measures so many pairs, one after the other, and begins each pair with the other half in turn. */
export async function interleave(
  count: number,
  value: (round: number) => Promise<number>,
  baseline: (round: number) => Promise<number>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < count; round += 1) {
    const early = round % 2 === 1 ? await baseline(round) : undefined;
    const measured = await value(round);
    pairs.push({ value: measured, baseline: early ?? (await baseline(round)) });
  }
  return pairs;
}
