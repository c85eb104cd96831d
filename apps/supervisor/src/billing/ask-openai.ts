import type { BillLine } from "@hal/store/supervisor";
import * as v from "valibot";
import type { AskForBills } from "../capabilities/bills/bill-source.ts";
import { askCostAndUsage } from "./ask-cost-and-usage.ts";
import type { Asking, Question } from "./ask-json.ts";
import { dayAt, Name, NO_LINE, startOf, Tokens } from "./bill-lines.ts";
import { nanoUsdOf } from "./nano-usd.ts";

const STANDARD = "https://api.openai.com";

const Start = v.pipe(
  v.number(),
  v.integer(),
  v.transform((seconds) => dayAt(seconds * 1_000)),
);

/** Typed as a number, and seen as text. */
const Amount = v.pipe(
  v.object({
    value: v.pipe(
      v.union([v.string(), v.number()]),
      v.transform((text) => nanoUsdOf(text, "dollars")),
      v.number(),
    ),
    currency: v.nullish(v.pipe(v.string(), v.regex(/^usd$/i))),
  }),
  v.transform(({ value }) => value),
);

const CostBucket = v.object({
  start_time: Start,
  results: v.array(v.object({ amount: Amount, line_item: Name, project_id: Name })),
});

const UsageBucket = v.object({
  start_time: Start,
  results: v.array(
    v.object({
      input_tokens: Tokens,
      input_cached_tokens: Tokens,
      input_uncached_tokens: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0))),
      input_cache_write_tokens: Tokens,
      output_tokens: Tokens,
      num_model_requests: Tokens,
      model: Name,
      batch: v.nullish(v.boolean()),
      service_tier: Name,
      project_id: Name,
    }),
  ),
});

/** OpenAI's costs and usage, as an Admin key of an organisation sees them: Unix seconds, amounts in dollars. */
export function askOpenai(asking: Asking): AskForBills {
  return async (access, { from, to }, signal) => {
    const base = (access.baseUrl ?? STANDARD).replace(/\/v1$/, "");
    const question = (path: string): Question => ({
      access,
      url: `${base}/v1/organization/${path}`,
      headers: { authorization: `Bearer ${access.key}` },
      setting: "cost.providers.openai.org_api_key",
    });
    const common = [
      ["start_time", String(startOf(from) / 1_000)],
      ["end_time", String(startOf(to + 1) / 1_000)],
      ["bucket_width", "1d"],
      ["limit", "31"],
    ] as const;
    const cost = {
      question: question("costs"),
      query: [...common, ["group_by[]", "project_id"], ["group_by[]", "line_item"]] as const,
      bucket: CostBucket,
      dayOf: startTime,
      linesOf: costLines,
    };
    const groups = ["model", "batch", "service_tier", "project_id"].map((group) => ["group_by[]", group] as const);
    const usage = {
      question: question("usage/completions"),
      query: [...common, ...groups],
      bucket: UsageBucket,
      dayOf: startTime,
      linesOf: usageLines,
    };
    return askCostAndUsage(asking, { cost, usage }, { from, to }, signal);
  };
}

const startTime = ({ start_time: day }: { readonly start_time: number }): number => day;

function costLines({ results }: v.InferOutput<typeof CostBucket>): BillLine[] {
  return results.map(({ amount, line_item: item, project_id: account }) => ({
    ...NO_LINE,
    ...partsOf(item),
    account,
    costNanoUsd: amount,
  }));
}

/** Such as `gpt-5-2025-08-07, cached input`. */
function partsOf(item: string): { readonly model: string; readonly item: string } {
  const at = item.indexOf(", ");
  return at === -1 ? { model: "", item } : { model: item.slice(0, at), item: item.slice(at + 2) };
}

function usageLines({ results }: v.InferOutput<typeof UsageBucket>): BillLine[] {
  return results.map((one) => ({
    ...NO_LINE,
    model: one.model,
    tier: one.batch === true ? "batch" : one.service_tier,
    account: one.project_id,
    // what they call input has the cached ones in it
    inputTokens:
      one.input_uncached_tokens ??
      Math.max(0, one.input_tokens - one.input_cached_tokens - one.input_cache_write_tokens),
    outputTokens: one.output_tokens,
    cacheReadTokens: one.input_cached_tokens,
    cacheWriteTokens: one.input_cache_write_tokens,
    requests: one.num_model_requests,
  }));
}
