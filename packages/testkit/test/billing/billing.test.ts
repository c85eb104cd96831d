import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BillingDouble, startBilling } from "../../src/index.ts";

const NOW = Date.UTC(2026, 10, 28, 12);
const DAY_MS = 86_400_000;
const KEYS = { anthropic: "sk-ant-admin-1", openai: "sk-admin-1", openrouter: "sk-or-1" };

let double: BillingDouble;
beforeEach(async () => {
  double = await startBilling({ keys: KEYS, now: () => NOW, pageSize: 2 });
});
afterEach(() => double[Symbol.asyncDispose]());

const ANTHROPIC = { "x-api-key": KEYS.anthropic, "anthropic-version": "2023-06-01" };
const OPENAI = { authorization: `Bearer ${KEYS.openai}` };
const OPENROUTER = { authorization: `Bearer ${KEYS.openrouter}` };
const SINCE = "2026-11-26T00:00:00Z";
const SINCE_SECONDS = Date.parse(SINCE) / 1_000;

/** What of answers these tests look at. */
interface Body {
  readonly data: readonly {
    readonly starting_at: string;
    readonly results: readonly Readonly<Record<string, unknown>>[];
  }[];
  readonly has_more: boolean;
  readonly next_page: string;
}

const resultsOf = ({ data }: Body): Body["data"][number]["results"] => data[0]?.results ?? [];

async function ask(path: string, headers: Record<string, string>): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${double.url}${path}`, { headers });
  return { status: response.status, body: (await response.json()) as Body };
}

describe("the billing double", () => {
  it.each([
    ["a wrong key of Anthropic", "/v1/organizations/cost_report", { ...ANTHROPIC, "x-api-key": "no" }, 401],
    ["no version of Anthropic", "/v1/organizations/cost_report", { "x-api-key": KEYS.anthropic }, 400],
    ["no beginning", "/v1/organizations/cost_report", ANTHROPIC, 400],
    [
      "buckets of an hour in costs",
      `/v1/organizations/cost_report?starting_at=${SINCE}&bucket_width=1h`,
      ANTHROPIC,
      400,
    ],
    ["too big a limit", `/v1/organizations/cost_report?starting_at=${SINCE}&limit=32`, ANTHROPIC, 400],
    ["Unix seconds at Anthropic", `/v1/organizations/cost_report?starting_at=${SINCE_SECONDS}`, ANTHROPIC, 400],
    [
      "a group that there is not",
      `/v1/organizations/cost_report?starting_at=${SINCE}&group_by[]=model`,
      ANTHROPIC,
      400,
    ],
    ["a page of another query", `/v1/organizations/cost_report?starting_at=${SINCE}&page=page_x`, ANTHROPIC, 400],
    ["a path that there is not", "/v1/organizations/costs", ANTHROPIC, 404],
    ["a wrong key of OpenAI", "/v1/organization/costs", { authorization: "Bearer sk-no" }, 401],
    ["a time of words at OpenAI", `/v1/organization/costs?start_time=${SINCE}`, OPENAI, 400],
    ["too big a limit at OpenAI", `/v1/organization/costs?start_time=${SINCE_SECONDS}&limit=181`, OPENAI, 400],
    ["a wrong key of OpenRouter", "/api/v1/activity", { authorization: "Bearer no" }, 401],
    ["today at OpenRouter", "/api/v1/activity?date=2026-11-28", OPENROUTER, 400],
  ])("refuses %s", async (_name, path, headers, status) => {
    expect((await ask(path, headers as Record<string, string>)).status).toBe(status);
  });

  it("says Anthropic's amounts in cents as text, and its dimensions null unless they are grouped by", async () => {
    double.served({
      provider: "anthropic",
      model: "claude",
      tokens: { input: 6_000, output: 1_000, cacheRead: 4_000 },
      at: NOW,
    });
    const path = "/v1/organizations/cost_report?starting_at=2026-11-28T00:00:00Z";
    const { body } = await ask(path, ANTHROPIC);
    // 6000 × $3 + 1000 × $15 + 4000 × $0.30 a million
    expect(body).toEqual({
      data: [
        {
          starting_at: "2026-11-28T00:00:00Z",
          ending_at: "2026-11-29T00:00:00Z",
          results: [expect.objectContaining({ amount: "3.42", currency: "USD", model: null, workspace_id: null })],
        },
      ],
      has_more: false,
      next_page: null,
    });
    const grouped = await ask(`${path}&group_by[]=description`, ANTHROPIC);
    expect(resultsOf(grouped.body).map((one) => [one["token_type"], one["amount"]])).toEqual([
      ["uncached_input_tokens", "1.8"],
      ["output_tokens", "1.5"],
      ["cache_read_input_tokens", "0.12"],
    ]);
    expect(double.truth("anthropic", "2026-11-28")).toBe(34_200_000_000n);
  });

  it("has what is of the priority tier in usage and in no cost, and halves a batch", async () => {
    const tokens = { input: 1_000_000, output: 0 };
    double.served({ provider: "anthropic", model: "claude", tokens, at: NOW, tier: "priority" });
    double.served({ provider: "anthropic", model: "claude", tokens, at: NOW, tier: "batch" });
    const since = "starting_at=2026-11-28T00:00:00Z";
    const cost = await ask(`/v1/organizations/cost_report?${since}`, ANTHROPIC);
    expect(resultsOf(cost.body)[0]).toMatchObject({ amount: "150" });
    const usage = await ask(`/v1/organizations/usage_report/messages?${since}&group_by[]=service_tier`, ANTHROPIC);
    expect(resultsOf(usage.body).map((one) => [one["service_tier"], one["uncached_input_tokens"]])).toEqual([
      ["priority", 1_000_000],
      ["batch", 1_000_000],
    ]);
  });

  it("gives pages that end, for the query that they are of", async () => {
    const path = "/v1/organizations/cost_report?starting_at=2026-11-24T00:00:00Z&ending_at=2026-11-29T00:00:00Z";
    const days: string[] = [];
    let page = "";
    for (let count = 0; count < 5; count += 1) {
      const { body } = await ask(`${path}${page}`, ANTHROPIC);
      days.push(...body.data.map((one) => one.starting_at.slice(8, 10)));
      if (!body.has_more) break;
      page = `&page=${body.next_page}`;
    }
    expect(days).toEqual(["24", "25", "26", "27", "28"]);
  });

  it("counts OpenAI's cached tokens among its input, and says amounts as a number or as text", async () => {
    const served = {
      provider: "openai",
      model: "gpt",
      tokens: { input: 10, output: 5, cacheRead: 90 },
      at: NOW,
    } as const;
    double.served(served);
    const since = `start_time=${Date.UTC(2026, 10, 28) / 1_000}`;
    const usage = await ask(`/v1/organization/usage/completions?${since}&group_by=model`, OPENAI);
    expect(resultsOf(usage.body)[0]).toMatchObject({
      model: "gpt",
      project_id: null,
      input_tokens: 100,
      input_cached_tokens: 90,
      output_tokens: 5,
    });
    const costs = await ask(`/v1/organization/costs?${since}`, OPENAI);
    expect(costs.body.data[0]).toMatchObject({
      object: "bucket",
      start_time: Date.UTC(2026, 10, 28) / 1_000,
      results: [{ object: "organization.costs.result", amount: { value: 0.000132, currency: "usd" }, line_item: null }],
    });
    await using texts = await startBilling({ keys: KEYS, now: () => NOW, amountsAsText: true });
    texts.served(served);
    const response = await fetch(`${texts.url}/v1/organization/costs?${since}`, { headers: OPENAI });
    expect(resultsOf((await response.json()) as Body)[0]).toMatchObject({ amount: { value: "0.000132" } });
  });

  it("tells OpenRouter's days that are complete, to a key that manages", async () => {
    const tokens = { input: 1_000, output: 100 };
    for (const at of [NOW, NOW - DAY_MS, NOW - 40 * DAY_MS])
      double.served({ provider: "openrouter", model: "openai/gpt", tokens, at });
    const { body } = await ask("/api/v1/activity", OPENROUTER);
    expect(body.data).toMatchObject([{ date: "2026-11-27", model: "openai/gpt", usage: 0.0045, requests: 1 }]);
    expect((await ask("/api/v1/credits", OPENROUTER)).body).toEqual({
      data: { total_credits: 100, total_usage: 0.0135 },
    });
    await using plain = await startBilling({ keys: KEYS, now: () => NOW, isManagement: false });
    plain.served({ provider: "openrouter", model: "openai/gpt", tokens, at: NOW });
    const refused = await fetch(`${plain.url}/api/v1/activity`, { headers: OPENROUTER });
    expect(refused.status).toBe(403);
    const key = await fetch(`${plain.url}/api/v1/key`, { headers: OPENROUTER });
    expect(await key.json()).toMatchObject({ data: { usage_daily: 0.0045 } });
  });

  it("keeps what is late out of a day until it was asked for so often", async () => {
    const tokens = { input: 1_000_000, output: 0 };
    double.served({ provider: "anthropic", model: "claude", tokens, at: NOW });
    double.served({ provider: "anthropic", model: "claude", tokens, at: NOW, late: 2 });
    const amount = async (): Promise<string> => {
      const { body } = await ask("/v1/organizations/cost_report?starting_at=2026-11-28T00:00:00Z", ANTHROPIC);
      return resultsOf(body)[0]?.["amount"] as string;
    };
    expect([await amount(), await amount(), await amount()]).toEqual(["300", "300", "600"]);
  });

  it("fails as it is told to, a provider for itself", async () => {
    double.fail("anthropic", { kind: "status", status: 529, retryAfter: "7" }, { times: 1 });
    const path = `/v1/organizations/cost_report?starting_at=${SINCE}`;
    const limited = await fetch(`${double.url}${path}`, { headers: ANTHROPIC });
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([529, "7"]);
    expect((await ask(path, ANTHROPIC)).status).toBe(200);
    expect((await ask(`/v1/organization/costs?start_time=${SINCE_SECONDS}`, OPENAI)).status).toBe(200);
    double.fail("openai", { kind: "cut" });
    await expect(ask(`/v1/organization/costs?start_time=${SINCE_SECONDS}`, OPENAI)).rejects.toThrow(
      /terminated|fetch failed/,
    );
    expect(double.requests.map(({ status }) => status)).toEqual([529, 200, 200, 0]);
    expect(JSON.stringify(double.requests)).not.toContain(KEYS.anthropic);
  });
});
