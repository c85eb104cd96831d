import * as v from "valibot";
import { Size, Word } from "./bounds.ts";
import type { TokenUsage } from "./tokens.ts";

/** What a million tokens of a model cost, in micro-dollars; that is also what one token costs, in millionths of a micro-dollar. */
export const ModelPrice = v.object({
  /** `provider/model`; the name of the model may end with `*` */
  model: Word,
  input: Size,
  output: Size,
  cacheRead: Size,
  cacheWrite: Size,
});
export type ModelPrice = v.InferOutput<typeof ModelPrice>;

/** What one message costs, and how that is known. */
export interface Priced {
  readonly kind: "opencode" | "estimated" | "unpriced";
  readonly costNanoUsd: number;
}

/** The price of a model: one that names it, else the longest beginning of its name. */
export function priceOf(prices: readonly ModelPrice[], model: string): ModelPrice | undefined {
  const exact = prices.find((price) => price.model === model);
  if (exact !== undefined) return exact;
  return prices
    .filter((price) => price.model.endsWith("*") && model.startsWith(price.model.slice(0, -1)))
    .toSorted((a, b) => b.model.length - a.model.length)[0];
}

/** What tokens cost in nano-dollars; reasoning costs what output costs, as opencode counts. */
export function nanoUsdOf(price: ModelPrice, { input, output, reasoning, cacheRead, cacheWrite }: TokenUsage): number {
  const perMillion =
    input * price.input +
    (output + reasoning) * price.output +
    cacheRead * price.cacheRead +
    cacheWrite * price.cacheWrite;
  return Math.min(Math.round(perMillion / 1_000), Number.MAX_SAFE_INTEGER);
}
