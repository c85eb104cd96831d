import type { BillingAnswer, BillingCall } from "./answers.ts";
import { DAY_MS, grouped, type Meter, type Served } from "./meter.ts";
import { decimalOf } from "./price-list.ts";

/** So many days that are complete are told. */
const DAYS = 30;

/** By what requests are judged. */
export interface OpenrouterSettings {
  readonly key: string | undefined;
  /** whether the key is one that sees the account, and not only itself */
  readonly isManagement: boolean;
}

/** OpenRouter's activity, credits and key. */
export function openrouterAnswer(
  call: BillingCall,
  meter: Meter,
  { key, isManagement }: OpenrouterSettings,
): BillingAnswer {
  const given = /^Bearer (.+)$/.exec(call.header("authorization") ?? "")?.[1];
  if (given === undefined || given !== key) return failure(401, "User not found.");
  const today = Math.floor(call.now / DAY_MS) * DAY_MS;
  switch (call.path) {
    case "/api/v1/key":
      return keyAnswer(meter, { today, now: call.now, isManagement });
    case "/api/v1/credits":
      if (!isManagement) return failure(403, "Only management keys can perform this operation");
      return creditsAnswer(meter, call.now);
    case "/api/v1/activity":
      if (!isManagement) return failure(403, "Only management keys can perform this operation");
      return activityAnswer(call.query, meter, today);
    default:
      return failure(404, "Not Found");
  }
}

function activityAnswer(query: URLSearchParams, meter: Meter, today: number): BillingAnswer {
  const date = query.get("date");
  if (date !== null) {
    const at = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
    if (Number.isNaN(at) || at >= today || at < today - DAYS * DAY_MS)
      return failure(400, "Date must be within the last 30 (completed) UTC days");
  }
  const from = date === null ? today - DAYS * DAY_MS : Date.parse(`${date}T00:00:00Z`);
  const to = date === null ? today : from + DAY_MS;
  const served = meter.read("openrouter", { from, to });
  meter.asked("openrouter", { from, to });
  const data = grouped(served, ({ at, model }) => [dayText(at), model]).map((all) => activityOf(all, meter));
  return { status: 200, body: { data } };
}

function activityOf(all: readonly Served[], meter: Meter) {
  const [{ at, model }] = all as [Served, ...Served[]];
  const sum = (of: (one: Served) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    date: dayText(at),
    model,
    model_permaslug: `${model}-20260101`,
    endpoint_id: "550e8400-e29b-41d4-a716-446655440000",
    provider_name: "Somebody",
    usage: dollarsOf(all, meter),
    byok_usage_inference: 0,
    requests: all.length,
    prompt_tokens: sum(({ tokens }) => tokens.input + (tokens.cacheRead ?? 0) + (tokens.cacheWrite5m ?? 0)),
    completion_tokens: sum(({ tokens }) => tokens.output),
    reasoning_tokens: sum(({ tokens }) => tokens.reasoning ?? 0),
  };
}

function keyAnswer(
  meter: Meter,
  { today, now, isManagement }: { readonly today: number; readonly now: number; readonly isManagement: boolean },
): BillingAnswer {
  // whoever manages an account asks no model with the same key
  const usage = (from: number): number =>
    isManagement ? 0 : dollarsOf(meter.read("openrouter", { from, to: now + 1 }), meter);
  return {
    status: 200,
    body: {
      data: {
        label: "sk-or-v1-0e6...1c96",
        usage: usage(0),
        usage_daily: usage(today),
        usage_weekly: usage(today - 6 * DAY_MS),
        usage_monthly: usage(today - 29 * DAY_MS),
        limit: null,
        limit_remaining: null,
        is_free_tier: false,
        is_management_key: isManagement,
        is_provisioning_key: isManagement,
      },
    },
  };
}

function creditsAnswer(meter: Meter, now: number): BillingAnswer {
  const used = dollarsOf(meter.read("openrouter", { from: 0, to: now + 1 }), meter);
  return { status: 200, body: { data: { total_credits: 100, total_usage: used } } };
}

function dollarsOf(all: readonly Served[], meter: Meter): number {
  const pico = all.flatMap((one) => meter.metered(one)).reduce((sum, line) => sum + line.pico, 0n);
  return Number(decimalOf(pico, 12));
}

function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function failure(status: number, message: string): BillingAnswer {
  return { status, body: { error: { message, code: status } } };
}
