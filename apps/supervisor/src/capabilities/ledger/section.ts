import { described } from "@hal/daemon";
import type { ModelPrice } from "@hal/protocol";
import { microUsd } from "@hal/protocol";
import * as v from "valibot";
import { isTimeZone } from "../../domain/days.ts";
import { Text } from "../../setting-values.ts";

/** A million dollars for a million tokens: more is a slip. */
const MOST_USD = 1_000_000;

const PerMillion = v.pipe(
  v.number("must be a number"),
  v.minValue(0, "is below 0"),
  v.maxValue(MOST_USD, "is more than a dollar a token; write dollars per million tokens"),
);

const Price = v.strictObject(
  {
    input_usd: described(PerMillion, "dollars per million tokens of input"),
    output_usd: described(PerMillion, "dollars per million tokens of output, and of reasoning"),
    cache_read_usd: v.optional(described(PerMillion, "of input that came from a cache; as `input_usd` without it")),
    cache_write_usd: v.optional(described(PerMillion, "of input that was put into a cache; as `input_usd` without it")),
  },
  "must be input_usd, output_usd, cache_read_usd and cache_write_usd",
);

const Model = v.pipe(
  v.string("must be text"),
  v.regex(/^[^\s/*]+\/[^\s*]*\*?$/, "is no model; write it as openai/gpt-5, or openai/gpt-* for all that begin so"),
);

/** Of the section `cost`: by whose clock a day is, and what models cost of which opencode knows no price. */
export const COST_TIME_ZONE = v.optional(
  described(
    v.pipe(Text, v.check(isTimeZone, "is no time zone; write it as Europe/Berlin")),
    "by whose clock a day, a week and a month of costs begin",
  ),
  "UTC",
);

export const COST_PRICES = v.optional(
  described(
    v.record(Model, Price, "must be models with their prices"),
    "what models cost where opencode knows no cost, as `provider/model`; from now on, and never looking back; see [Costs](#costs)",
  ),
  {},
);

/** Prices as they are reckoned with. */
export function pricesOf(configured: Readonly<Record<string, v.InferOutput<typeof Price>>>): ModelPrice[] {
  return Object.entries(configured).map(([model, price]) => ({
    model,
    input: microUsd(price.input_usd),
    output: microUsd(price.output_usd),
    cacheRead: microUsd(price.cache_read_usd ?? price.input_usd),
    cacheWrite: microUsd(price.cache_write_usd ?? price.input_usd),
  }));
}
