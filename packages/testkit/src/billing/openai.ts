import type { Settings } from "./anthropic.ts";
import {
  type BillingAnswer,
  type BillingCall,
  groupsOf,
  pageOf,
  startsOf,
  wholeOf,
  WrongParameter,
} from "./answers.ts";
import { DAY_MS, grouped, type Meter, type Metered, type Served } from "./meter.ts";
import { decimalOf, type TokenKind } from "./price-list.ts";

const WIDTHS = { "1m": [60_000, 60, 1_440], "1h": [3_600_000, 24, 168], "1d": [DAY_MS, 7, 31] } as const;
const USAGE_GROUPS = ["project_id", "user_id", "api_key_id", "model", "batch", "service_tier"];
const COST_GROUPS = ["project_id", "line_item", "api_key_id"];
const ITEMS: Readonly<Record<TokenKind, string>> = {
  input: "input",
  output: "output",
  cacheRead: "cached input",
  cacheWrite5m: "cache write",
  cacheWrite1h: "cache write",
};

/** OpenAI's usage and costs, as an Admin key of an organisation sees them. */
export function openaiAnswer(
  call: BillingCall,
  meter: Meter,
  { key, pageSize, amountsAsText }: Settings & { readonly amountsAsText: boolean },
): BillingAnswer {
  const given = /^Bearer (.+)$/.exec(call.header("authorization") ?? "")?.[1];
  if (given === undefined)
    return failure(401, "You didn't provide an API key.", { type: "invalid_request_error", code: null });
  // it quotes what it was given, as the real one does
  if (given !== key)
    return failure(401, `Incorrect API key provided: ${given.slice(0, 8)}****${given.slice(-4)}.`, {
      type: "invalid_request_error",
      code: "invalid_api_key",
    });
  try {
    if (call.path === "/v1/organization/usage/completions") return usageAnswer(call, meter, pageSize);
    if (call.path === "/v1/organization/costs") return costsAnswer(call, meter, { pageSize, amountsAsText });
    return failure(404, `Invalid URL (GET ${call.path})`, { type: "invalid_request_error", code: null });
  } catch (error) {
    if (!(error instanceof WrongParameter)) throw error;
    return failure(400, `Invalid '${error.parameter}': ${error.message}`, {
      type: "invalid_request_error",
      param: error.parameter,
      code: "invalid_value",
    });
  }
}

function usageAnswer({ query, now }: BillingCall, meter: Meter, pageSize: number): BillingAnswer {
  const [widthMs, standard, most] = WIDTHS[(query.get("bucket_width") ?? "1d") as keyof typeof WIDTHS] ?? [];
  if (widthMs === undefined) throw new WrongParameter("bucket_width", "must be one of '1m', '1h', '1d'");
  const limit = wholeOf(query, "limit", { standard, most });
  const groups = groupsOf(query, USAGE_GROUPS);
  const page = pageOf(query, startsOf(...spanOf(query, now), widthMs), Math.min(limit, pageSize));
  const data = page.starts.map((start) =>
    bucketOf(
      start,
      widthMs,
      grouped(meter.read("openai", { from: start, to: start + widthMs }), (served) =>
        groups.map((group) => dimensionOf(group, served)),
      ).map((served) => usageResult(served, groups)),
    ),
  );
  return pageAnswer(data, page);
}

function usageResult(all: readonly Served[], groups: readonly string[]) {
  const sum = (...kinds: readonly TokenKind[]): number =>
    all.reduce((total, { tokens }) => total + kinds.reduce((one, kind) => one + (tokens[kind] ?? 0), 0), 0);
  const [first] = all as [Served, ...Served[]];
  const cached = sum("cacheRead");
  const written = sum("cacheWrite5m", "cacheWrite1h");
  const named = Object.fromEntries(
    USAGE_GROUPS.map((group) => [group, groups.includes(group) ? dimensionOf(group, first) : null]),
  );
  return {
    object: "organization.usage.completions.result",
    // with what came from or went into a cache
    input_tokens: sum("input") + cached + written,
    output_tokens: sum("output"),
    input_cached_tokens: cached,
    input_uncached_tokens: sum("input"),
    input_cache_write_tokens: written,
    input_audio_tokens: 0,
    output_audio_tokens: 0,
    num_model_requests: all.length,
    ...named,
  };
}

function dimensionOf(group: string, { account, apiKeyId, model, tier = "standard" }: Served): string | boolean | null {
  switch (group) {
    case "project_id":
      return account ?? "proj_default";
    case "api_key_id":
      return apiKeyId ?? null;
    case "model":
      return model;
    case "batch":
      return tier === "batch";
    case "service_tier":
      return tier === "standard" ? "default" : tier;
    default:
      return null;
  }
}

function costsAnswer(
  { query, now }: BillingCall,
  meter: Meter,
  { pageSize, amountsAsText }: { readonly pageSize: number; readonly amountsAsText: boolean },
): BillingAnswer {
  if ((query.get("bucket_width") ?? "1d") !== "1d") throw new WrongParameter("bucket_width", "must be '1d'");
  const limit = wholeOf(query, "limit", { standard: 7, most: 180 });
  const groups = groupsOf(query, COST_GROUPS);
  const [from, to] = spanOf(query, now);
  const page = pageOf(query, startsOf(from, to, DAY_MS), Math.min(limit, pageSize));
  const data = page.starts.map((start) => {
    const lines = meter.read("openai", { from: start, to: start + DAY_MS }).flatMap((one) => meter.metered(one));
    const results = grouped(lines, (line) => groups.map((group) => costDimension(group, line))).map((several) =>
      costResult(several, groups, amountsAsText),
    );
    return bucketOf(start, DAY_MS, results);
  });
  if (query.get("page") === null) meter.asked("openai", { from, to });
  return pageAnswer(data, page);
}

function costDimension(group: string, { served, kind }: Metered): string | null {
  if (group === "line_item") return `${served.model}, ${ITEMS[kind]}${served.tier === "batch" ? ", batch" : ""}`;
  return group === "project_id" ? (served.account ?? "proj_default") : (served.apiKeyId ?? null);
}

function costResult(lines: readonly Metered[], groups: readonly string[], amountsAsText: boolean) {
  const [first] = lines as [Metered, ...Metered[]];
  const dollars = decimalOf(
    lines.reduce((sum, { pico }) => sum + pico, 0n),
    12,
  );
  const named = Object.fromEntries(
    COST_GROUPS.map((group) => [group, groups.includes(group) ? costDimension(group, first) : null]),
  );
  return {
    object: "organization.costs.result",
    // typed as a number, and seen as text, too
    amount: { value: amountsAsText ? dollars : Number(dollars), currency: "usd" },
    quantity: null,
    ...named,
  };
}

function spanOf(query: URLSearchParams, now: number): [number, number] {
  const from = secondsOf(query, "start_time");
  if (from === undefined) throw new WrongParameter("start_time", "Missing required parameter");
  const to = secondsOf(query, "end_time") ?? now;
  if (to <= from) throw new WrongParameter("end_time", "must be after start_time");
  return [from, to];
}

function secondsOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{9,10}$/.test(text)) throw new WrongParameter(name, "must be Unix seconds");
  return Number(text) * 1_000;
}

function bucketOf(start: number, widthMs: number, results: readonly unknown[]) {
  return { object: "bucket", start_time: start / 1_000, end_time: (start + widthMs) / 1_000, results };
}

function pageAnswer(data: unknown, { hasMore, nextPage }: ReturnType<typeof pageOf>): BillingAnswer {
  return { status: 200, body: { object: "page", data, has_more: hasMore, next_page: nextPage } };
}

function failure(status: number, message: string, more: object): BillingAnswer {
  return { status, body: { error: { message, param: null, ...more } } };
}
