import { LAST_TIME, MOST_COUNT, type TokenUsage } from "@hal/protocol";
import * as v from "valibot";

/** opencode's numbers as far as a fact has room for them: no fact is lost for a number of its that is out of all bounds. */
const within = (most: number) => v.pipe(v.number(), v.toMinValue(0), v.toMaxValue(most));

/** Milliseconds since 1970. */
export const Time = v.pipe(within(LAST_TIME), v.transform(Math.round));

export const Dollars = within(MOST_COUNT / 1_000_000);

const Tally = v.pipe(within(MOST_COUNT), v.transform(Math.round));

const NO_TOKENS: TokenUsage = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };

/** Tokens, none where opencode says nothing of them. */
export const Tokens = v.optional(
  v.pipe(
    v.object({
      input: v.optional(Tally, 0),
      output: v.optional(Tally, 0),
      reasoning: v.optional(Tally, 0),
      cache: v.optional(v.object({ read: v.optional(Tally, 0), write: v.optional(Tally, 0) }), {}),
    }),
    v.transform(({ input, output, reasoning, cache: { read, write } }): TokenUsage => ({
      input,
      output,
      reasoning,
      cacheRead: read,
      cacheWrite: write,
    })),
  ),
);

export function tokensOf(tokens: TokenUsage | undefined): TokenUsage {
  return tokens ?? NO_TOKENS;
}
