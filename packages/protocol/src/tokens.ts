import * as v from "valibot";
import { Count } from "./bounds.ts";

/** Tokens as opencode counts them: `input` without the cached ones, `output` without reasoning. */
export const TokenUsage = v.object({
  input: Count,
  output: Count,
  reasoning: Count,
  cacheRead: Count,
  cacheWrite: Count,
});
export type TokenUsage = v.InferOutput<typeof TokenUsage>;

export const NO_TOKENS: TokenUsage = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };

/** All tokens that went through the model, cached ones included. */
export function totalTokens(usage: TokenUsage): number {
  return usage.input + usage.output + usage.reasoning + usage.cacheRead + usage.cacheWrite;
}
