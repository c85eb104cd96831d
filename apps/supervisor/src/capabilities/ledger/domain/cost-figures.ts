import { type CostFigures, type CostKinds, usd } from "@hal/protocol";
import type { LedgerSum } from "@hal/store/supervisor";

/** Nothing, as what sums begin with. */
export const NOTHING_SPENT: LedgerSum = {
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
export function plus(one: LedgerSum, other: LedgerSum): LedgerSum {
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
export function tokensOf({ input, output, reasoning, cacheRead, cacheWrite, unsplit }: LedgerSum): number {
  return input + output + reasoning + cacheRead + cacheWrite + unsplit;
}

/** How a sum is known. */
export function kindsOf({ costNanoUsd, estimatedNanoUsd, unpricedTokens }: LedgerSum): CostKinds {
  return {
    opencode_usd: usd((costNanoUsd - estimatedNanoUsd) / 1_000),
    estimated_usd: usd(estimatedNanoUsd / 1_000),
    unpriced_tokens: unpricedTokens,
  };
}

/** A sum as people and programs read it. */
export function figuresOf(sum: LedgerSum): CostFigures {
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
