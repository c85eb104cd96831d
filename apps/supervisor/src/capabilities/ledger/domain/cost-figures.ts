import { type CostFigures, type CostKinds, usd } from "@hal/protocol";

/** What some messages came to, as the ledger adds it up; `values` are what it was added up by. */
export interface CostSum {
  readonly values: readonly string[];
  readonly costNanoUsd: number;
  readonly input: number;
  readonly output: number;
  readonly reasoning: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** of a kind that is not known */
  readonly unsplit: number;
  /** how much of the cost is estimated from tokens */
  readonly estimatedNanoUsd: number;
  /** tokens without a cost and without a price */
  readonly unpricedTokens: number;
}

/** Nothing, as what sums begin with. */
export const NOTHING_SPENT: CostSum = {
  values: [],
  costNanoUsd: 0,
  input: 0,
  output: 0,
  reasoning: 0,
  cacheRead: 0,
  cacheWrite: 0,
  unsplit: 0,
  estimatedNanoUsd: 0,
  unpricedTokens: 0,
};

/** Two sums together; the values are those of the second. */
export function plus(one: CostSum, other: CostSum): CostSum {
  return {
    values: other.values,
    costNanoUsd: one.costNanoUsd + other.costNanoUsd,
    input: one.input + other.input,
    output: one.output + other.output,
    reasoning: one.reasoning + other.reasoning,
    cacheRead: one.cacheRead + other.cacheRead,
    cacheWrite: one.cacheWrite + other.cacheWrite,
    unsplit: one.unsplit + other.unsplit,
    estimatedNanoUsd: one.estimatedNanoUsd + other.estimatedNanoUsd,
    unpricedTokens: one.unpricedTokens + other.unpricedTokens,
  };
}

/** All tokens, of whichever kind. */
export function tokensOf({ input, output, reasoning, cacheRead, cacheWrite, unsplit }: CostSum): number {
  return input + output + reasoning + cacheRead + cacheWrite + unsplit;
}

/** How a sum is known. */
export function kindsOf({ costNanoUsd, estimatedNanoUsd, unpricedTokens }: CostSum): CostKinds {
  return {
    opencode_usd: usd((costNanoUsd - estimatedNanoUsd) / 1_000),
    estimated_usd: usd(estimatedNanoUsd / 1_000),
    unpriced_tokens: unpricedTokens,
  };
}

/** A sum as people and programs read it. */
export function figuresOf(sum: CostSum): CostFigures {
  return {
    cost_usd: usd(sum.costNanoUsd / 1_000),
    ...kindsOf(sum),
    tokens: tokensOf(sum),
    input_tokens: sum.input,
    output_tokens: sum.output,
    reasoning_tokens: sum.reasoning,
    cache_read_tokens: sum.cacheRead,
    cache_write_tokens: sum.cacheWrite,
    unsplit_tokens: sum.unsplit,
  };
}
