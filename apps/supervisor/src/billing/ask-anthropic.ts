import type { BillLine } from "@hal/store/supervisor";
import * as v from "valibot";
import type { AskForBills } from "../capabilities/bills/bill-source.ts";
import { askCostAndUsage } from "./ask-cost-and-usage.ts";
import type { Asking, Question } from "./ask-json.ts";
import { dayAt, Name, NO_LINE, startOf, Tokens } from "./bill-lines.ts";
import { nanoUsdOf } from "./nano-usd.ts";

const STANDARD = "https://api.anthropic.com";

const Start = v.pipe(
  v.string(),
  v.transform((text) => Date.parse(text)),
  v.number(),
  v.transform(dayAt),
);

/** A decimal of cents, as text. */
const Amount = v.pipe(
  v.union([v.string(), v.number()]),
  v.transform((text) => nanoUsdOf(text, "cents")),
  v.number(),
);
const Usd = v.nullish(v.pipe(v.string(), v.regex(/^usd$/i)));

const CostBucket = v.object({
  starting_at: Start,
  results: v.array(
    v.object({
      amount: Amount,
      currency: Usd,
      model: Name,
      token_type: Name,
      cost_type: Name,
      description: Name,
      service_tier: Name,
      workspace_id: Name,
    }),
  ),
});

const UsageBucket = v.object({
  starting_at: Start,
  results: v.array(
    v.object({
      uncached_input_tokens: Tokens,
      cache_creation: v.nullish(v.object({ ephemeral_1h_input_tokens: Tokens, ephemeral_5m_input_tokens: Tokens })),
      cache_read_input_tokens: Tokens,
      output_tokens: Tokens,
      model: Name,
      service_tier: Name,
      workspace_id: Name,
    }),
  ),
});

/** Anthropic's cost and usage reports, as an Admin API key sees them: days of UTC, amounts in cents. */
export function askAnthropic(asking: Asking): AskForBills {
  return async (access, { from, to }, signal) => {
    const base = (access.baseUrl ?? STANDARD).replace(/\/v1$/, "");
    const question = (path: string): Question => ({
      access,
      url: `${base}/v1/organizations/${path}`,
      headers: { "x-api-key": access.key, "anthropic-version": "2023-06-01" },
      setting: "cost.providers.anthropic.admin_api_key",
    });
    const common = [
      ["starting_at", timeText(from)],
      ["ending_at", timeText(to + 1)],
      ["bucket_width", "1d"],
      ["limit", "31"],
    ] as const;
    const cost = {
      question: question("cost_report"),
      query: [...common, ["group_by[]", "workspace_id"], ["group_by[]", "description"]] as const,
      bucket: CostBucket,
      dayOf: startingAt,
      linesOf: costLines,
    };
    const usage = {
      question: question("usage_report/messages"),
      query: [
        ...common,
        ["group_by[]", "model"],
        ["group_by[]", "service_tier"],
        ["group_by[]", "workspace_id"],
      ] as const,
      bucket: UsageBucket,
      dayOf: startingAt,
      linesOf: usageLines,
    };
    return askCostAndUsage(asking, { cost, usage }, { from, to }, signal);
  };
}

const startingAt = ({ starting_at: day }: { readonly starting_at: number }): number => day;

function costLines({ results }: v.InferOutput<typeof CostBucket>): BillLine[] {
  return results.map((one) => ({
    ...NO_LINE,
    model: one.model,
    item: one.token_type || one.cost_type || one.description,
    tier: one.service_tier,
    account: one.workspace_id,
    costNanoUsd: one.amount,
  }));
}

function usageLines({ results }: v.InferOutput<typeof UsageBucket>): BillLine[] {
  return results.map((one) => ({
    ...NO_LINE,
    model: one.model,
    tier: one.service_tier,
    account: one.workspace_id,
    inputTokens: one.uncached_input_tokens,
    outputTokens: one.output_tokens,
    cacheReadTokens: one.cache_read_input_tokens,
    cacheWriteTokens:
      (one.cache_creation?.ephemeral_1h_input_tokens ?? 0) + (one.cache_creation?.ephemeral_5m_input_tokens ?? 0),
  }));
}

function timeText(day: number): string {
  return new Date(startOf(day)).toISOString().replace(".000Z", "Z");
}
