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
const USAGE_GROUPS = ["api_key_id", "workspace_id", "model", "service_tier", "context_window", "inference_geo"];
const COST_GROUPS = ["workspace_id", "description"];

const TOKEN_TYPES: Readonly<Record<TokenKind, string>> = {
  input: "uncached_input_tokens",
  output: "output_tokens",
  cacheRead: "cache_read_input_tokens",
  cacheWrite5m: "cache_creation.ephemeral_5m_input_tokens",
  cacheWrite1h: "cache_creation.ephemeral_1h_input_tokens",
};

/** Anthropic's usage and cost reports, as an Admin API key sees them. */
export function anthropicAnswer(call: BillingCall, meter: Meter, { key, pageSize }: Settings): BillingAnswer {
  const given = call.header("x-api-key");
  if (given === undefined || given !== key) return failure(401, "authentication_error", "invalid x-api-key");
  if (call.header("anthropic-version") !== "2023-06-01")
    return failure(400, "invalid_request_error", "anthropic-version: header is required");
  try {
    if (call.path === "/v1/organizations/usage_report/messages") return usageReport(call, meter, pageSize);
    if (call.path === "/v1/organizations/cost_report") return costReport(call, meter, pageSize);
    return failure(404, "not_found_error", "Not Found");
  } catch (error) {
    if (!(error instanceof WrongParameter)) throw error;
    return failure(400, "invalid_request_error", `${error.parameter}: ${error.message}`);
  }
}

/** By what requests are judged, and how many buckets a page has at most whatever is asked for. */
export interface Settings {
  readonly key: string | undefined;
  readonly pageSize: number;
}

function usageReport({ query, now }: BillingCall, meter: Meter, pageSize: number): BillingAnswer {
  const width = query.get("bucket_width") ?? "1d";
  const [widthMs, standard, most] = WIDTHS[width as keyof typeof WIDTHS] ?? [];
  if (widthMs === undefined) throw new WrongParameter("bucket_width", "Input should be '1m', '1h' or '1d'");
  const limit = wholeOf(query, "limit", { standard, most });
  const groups = groupsOf(query, USAGE_GROUPS);
  const page = pageOf(query, startsOf(...spanOf(query, now), widthMs), Math.min(limit, pageSize));
  const data = page.starts.map((start) => ({
    ...times(start, widthMs),
    results: grouped(meter.read("anthropic", { from: start, to: start + widthMs }), (served) =>
      groups.map((group) => dimensionOf(group, served)),
    ).map((served) => usageResult(served, groups)),
  }));
  return pageAnswer(data, page);
}

function usageResult(all: readonly Served[], groups: readonly string[]) {
  const sum = (kind: TokenKind): number => all.reduce((total, { tokens }) => total + (tokens[kind] ?? 0), 0);
  const [first] = all as [Served, ...Served[]];
  const named = Object.fromEntries(
    USAGE_GROUPS.map((group) => [group, groups.includes(group) ? dimensionOf(group, first) : null]),
  );
  return {
    uncached_input_tokens: sum("input"),
    cache_creation: {
      ephemeral_1h_input_tokens: sum("cacheWrite1h"),
      ephemeral_5m_input_tokens: sum("cacheWrite5m"),
    },
    cache_read_input_tokens: sum("cacheRead"),
    output_tokens: sum("output"),
    server_tool_use: { web_search_requests: 0 },
    ...named,
  };
}

/** The standard workspace is null, and so is the key of the Workbench, grouped or not. */
function dimensionOf(group: string, { account, apiKeyId, model, tier = "standard" }: Served): string | null {
  switch (group) {
    case "workspace_id":
      return account ?? null;
    case "api_key_id":
      return apiKeyId ?? null;
    case "model":
      return model;
    case "service_tier":
      return tier;
    case "context_window":
      return "0-200k";
    default:
      return "not_available";
  }
}

function costReport({ query, now }: BillingCall, meter: Meter, pageSize: number): BillingAnswer {
  if ((query.get("bucket_width") ?? "1d") !== "1d") throw new WrongParameter("bucket_width", "Input should be '1d'");
  const limit = wholeOf(query, "limit", { standard: 7, most: 31 });
  const groups = groupsOf(query, COST_GROUPS);
  const [from, to] = spanOf(query, now);
  const page = pageOf(query, startsOf(from, to, DAY_MS), Math.min(limit, pageSize));
  const data = page.starts.map((start) => {
    // what is of the priority tier is paid for elsewhere
    const served = meter
      .read("anthropic", { from: start, to: start + DAY_MS })
      .filter(({ tier }) => tier !== "priority");
    const lines = served.flatMap((one) => meter.metered(one));
    return {
      ...times(start, DAY_MS),
      results: grouped(lines, ({ kind, served: { account, model, tier } }) => [
        groups.includes("workspace_id") ? (account ?? null) : null,
        ...(groups.includes("description") ? [model, tier ?? "standard", kind] : []),
      ]).map((several) => costResult(several, groups)),
    };
  });
  if (query.get("page") === null) meter.asked("anthropic", { from, to });
  return pageAnswer(data, page);
}

function costResult(lines: readonly Metered[], groups: readonly string[]) {
  const [{ served, kind }] = lines as [Metered, ...Metered[]];
  const isDescribed = groups.includes("description");
  const cents = decimalOf(
    lines.reduce((sum, { pico }) => sum + pico, 0n),
    10,
  );
  return {
    currency: "USD",
    amount: cents,
    workspace_id: groups.includes("workspace_id") ? (served.account ?? null) : null,
    description: isDescribed ? `${served.model} Usage - ${kind}` : null,
    cost_type: isDescribed ? "tokens" : null,
    context_window: isDescribed ? "0-200k" : null,
    model: isDescribed ? served.model : null,
    service_tier: isDescribed ? (served.tier ?? "standard") : null,
    token_type: isDescribed ? TOKEN_TYPES[kind] : null,
    inference_geo: null,
  };
}

function spanOf(query: URLSearchParams, now: number): [number, number] {
  const from = timeOf(query, "starting_at");
  if (from === undefined) throw new WrongParameter("starting_at", "Field required");
  const to = timeOf(query, "ending_at") ?? now;
  if (to <= from) throw new WrongParameter("ending_at", "ending date must be after starting date");
  return [from, to];
}

function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new WrongParameter(name, "Input should be a valid datetime");
  return at;
}

function times(start: number, widthMs: number) {
  const text = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z");
  return { starting_at: text(start), ending_at: text(start + widthMs) };
}

function pageAnswer(data: unknown, { hasMore, nextPage }: ReturnType<typeof pageOf>): BillingAnswer {
  return { status: 200, body: { data, has_more: hasMore, next_page: nextPage } };
}

function failure(status: number, type: string, message: string): BillingAnswer {
  return { status, body: { type: "error", error: { type, message }, request_id: "req_011CSHoEeqs5C35K2UUqR7Fy" } };
}
