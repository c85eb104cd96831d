import type { CostKinds, CostReport } from "@hal/protocol";
import { dollars, tokenCount } from "./amounts.ts";
import { costKindsText } from "./costs.ts";

/** So many providers have a section, and so many models of each are named; the rest is counted. */
const MOST_PROVIDERS = 10;
const MOST_MODELS = 8;
const DAY_MS = 86_400_000;

/** What one model was used for; null where its name is not known. */
export interface ModelSpent extends Partial<CostKinds> {
  readonly provider?: string | null | undefined;
  readonly model?: string | null | undefined;
  readonly tokens: number;
  readonly cost_usd: number;
}

/** What some days cost; days are written `2026-11-28`. */
export interface DaysSpent {
  readonly first_day: string;
  readonly last_day: string;
  readonly total: { readonly tokens: number; readonly cost_usd: number } & CostKinds;
  readonly models: readonly ModelSpent[];
}

/** What some days cost, in words. */
export interface CostSummary {
  /** which days, and what they cost */
  readonly title: string;
  /** one for each provider, the dearest first, with a line for each of its models */
  readonly sections: readonly { readonly name: string; readonly lines: readonly string[] }[];
  readonly total: string;
  readonly average: string;
  /** what of it is not opencode's own figure; empty where all of it is, or nothing was spent */
  readonly note: string;
}

/** What some days cost: a section for each provider with its models, the total, and what a day cost on average. */
export function costSummary({ first_day: first, last_day: last, total, models }: DaysSpent): CostSummary {
  const days = dayRange(first, last);
  const isNothing = total.tokens === 0 && total.cost_usd === 0;
  const count = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
  return {
    title: `Costs of ${days}: ${isNothing ? "nothing was spent" : priceOf(total)}`,
    sections: sectionsOf(models),
    total: isNothing ? "nothing was spent" : figures(total),
    average: isNothing ? dollars(0) : `${priceOf({ ...total, cost_usd: total.cost_usd / count })} a day`,
    note: costKindsText(total),
  };
}

/** What a period cost, in the same words: its last day is the one that has begun. */
export function periodSummary(report: CostReport): CostSummary {
  const { time_zone: zone, from, to, total_tokens: tokens, total_cost_usd: cost, by_model: models } = report;
  const { kinds = { opencode_usd: cost, estimated_usd: 0, unpriced_tokens: 0 } } = report;
  const total = { tokens, cost_usd: cost, ...kinds };
  return costSummary({ first_day: dayIn(zone, from), last_day: dayIn(zone, to), total, models });
}

/** The day that it is there, as `2026-11-28`; where this machine does not know the zone, the one of UTC. */
function dayIn(timeZone: string, at: string): string {
  try {
    const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
    return format.format(new Date(at));
  } catch {
    return at.slice(0, 10);
  }
}

/** Days in a row as people write them: `16 to 22 November 2026`. */
export function dayRange(first: string, last: string): string {
  const [from, to] = [dateOf(first), dateOf(last)];
  if (first === last) return `${to.day} ${to.month} ${to.year}`;
  if (from.year !== to.year) return `${from.day} ${from.month} ${from.year} to ${to.day} ${to.month} ${to.year}`;
  const begin = from.month === to.month ? from.day : `${from.day} ${from.month}`;
  return `${begin} to ${to.day} ${to.month} ${to.year}`;
}

const MONTHS = "January February March April May June July August September October November December".split(" ");

function dateOf(text: string): { readonly year: string; readonly month: string; readonly day: string } {
  const [year = "", month = "", day = ""] = text.split("-");
  return { year, month: MONTHS[Number(month) - 1] ?? month, day: String(Number(day)) };
}

function sectionsOf(models: readonly ModelSpent[]): CostSummary["sections"] {
  const ownOf = new Map<string, ModelSpent[]>();
  for (const one of models.toSorted(dearestFirst)) {
    const provider = one.provider ?? "unknown";
    ownOf.set(provider, [...(ownOf.get(provider) ?? []), one]);
  }
  const byProvider = [...ownOf]
    .map(([provider, own]) => ({ provider, own, sum: sumOf(own) }))
    .toSorted((one, other) => dearestFirst(one.sum, other.sum));
  const more = byProvider.slice(MOST_PROVIDERS);
  return [
    ...byProvider.slice(0, MOST_PROVIDERS).map(({ provider, own, sum }) => ({
      name: own.length === 1 ? provider : `${provider}: ${priceOf(sum)}`,
      lines: linesOf(own),
    })),
    ...(more.length === 0
      ? []
      : [{ name: counted(more.length, "provider"), lines: [figures(sumOf(more.map(({ sum }) => sum)))] }]),
  ];
}

function linesOf(own: readonly ModelSpent[]): string[] {
  const more = own.slice(MOST_MODELS);
  return [
    ...own.slice(0, MOST_MODELS).map((one) => `${one.model ?? "unknown"}: ${figures(one)}`),
    ...(more.length === 0 ? [] : [`${counted(more.length, "model")}: ${figures(sumOf(more))}`]),
  ];
}

function counted(count: number, what: string): string {
  return count === 1 ? `one ${what} more` : `${count} ${what}s more`;
}

type Spent = Pick<ModelSpent, "tokens" | "cost_usd" | "estimated_usd" | "unpriced_tokens">;

/** Tokens, what they cost, and how that is known. */
function figures(spent: Spent): string {
  return `${tokenCount(spent.tokens)} tokens, ${priceOf(spent)}${howKnown(spent)}`;
}

/** What has no price at all did not cost nothing. */
function priceOf({ cost_usd: cost, unpriced_tokens: unpriced = 0 }: Spent): string {
  return cost === 0 && unpriced > 0 ? "no price known" : dollars(cost);
}

function howKnown({ cost_usd: cost, estimated_usd: estimated = 0, unpriced_tokens: unpriced = 0 }: Spent): string {
  const parts = [
    ...(estimated === 0 ? [] : [estimated === cost ? "estimated" : `${dollars(estimated)} of it estimated`]),
    ...(unpriced === 0 || cost === 0 ? [] : [`${tokenCount(unpriced)} tokens without a price`]),
  ];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function dearestFirst(one: Spent, other: Spent): number {
  return other.cost_usd - one.cost_usd || other.tokens - one.tokens;
}

function sumOf(all: readonly Spent[]): Required<Spent> {
  const sum = (of: (one: Spent) => number | undefined): number => all.reduce((total, one) => total + (of(one) ?? 0), 0);
  return {
    tokens: sum((one) => one.tokens),
    cost_usd: sum((one) => one.cost_usd),
    estimated_usd: sum((one) => one.estimated_usd),
    unpriced_tokens: sum((one) => one.unpriced_tokens),
  };
}
