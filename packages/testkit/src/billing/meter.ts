import { KINDS, type ListPrice, picoUsd, type ServedTokens, STANDARD_PRICE, type TokenKind } from "./price-list.ts";

export const DAY_MS = 86_400_000;

export const PROVIDERS = ["anthropic", "openai", "openrouter"] as const;
export type BilledProvider = (typeof PROVIDERS)[number];

/** One answer of a model, as its provider counts it. */
export interface Served {
  readonly provider: BilledProvider;
  readonly model: string;
  readonly tokens: ServedTokens;
  /** milliseconds since 1970 */
  readonly at: number;
  /** `batch` costs half; `priority` is in Anthropic's usage and never in its cost */
  readonly tier?: "standard" | "batch" | "priority";
  /** workspace or project; the standard one without it */
  readonly account?: string;
  readonly apiKeyId?: string;
  /** it is in no report before its day was asked for so often */
  readonly late?: number;
}

/** What was served of one kind of tokens, or altogether, in one bucket. */
export interface Metered {
  readonly served: Served;
  readonly kind: TokenKind;
  readonly tokens: number;
  readonly pico: bigint;
}

interface Entry {
  readonly served: Served;
  hiddenFor: number;
}

/** Counts what was served and what it costs, by prices of its own. */
export class Meter {
  readonly #entries: Entry[] = [];
  readonly #prices = new Map<string, ListPrice>();

  /** What a million tokens of a model cost in micro-dollars from now on. */
  price(model: string, price: Partial<ListPrice>): void {
    this.#prices.set(model, { ...STANDARD_PRICE, ...price });
  }

  add(served: Served): void {
    this.#entries.push({ served, hiddenFor: served.late ?? 0 });
  }

  /** Nothing is late any more. */
  settle(): void {
    for (const entry of this.#entries) entry.hiddenFor = 0;
  }

  /** What a report knows of a span; with `counts` whoever is late comes nearer. */
  read(provider: BilledProvider, { from, to }: { readonly from: number; readonly to: number }): readonly Served[] {
    return this.#within(provider, from, to)
      .filter(({ hiddenFor }) => hiddenFor === 0)
      .map(({ served }) => served);
  }

  /** A span was asked for; what is late in it comes nearer. */
  asked(provider: BilledProvider, { from, to }: { readonly from: number; readonly to: number }): void {
    for (const entry of this.#within(provider, from, Math.ceil(to / DAY_MS) * DAY_MS))
      entry.hiddenFor = Math.max(0, entry.hiddenFor - 1);
  }

  /** What each kind of tokens of an answer comes to. */
  metered(served: Served): readonly Metered[] {
    const price = this.#prices.get(served.model) ?? STANDARD_PRICE;
    return KINDS.map((kind) => {
      const tokens = served.tokens[kind] ?? 0;
      return { served, kind, tokens, pico: picoUsd(price, kind, tokens, served.tier === "batch") };
    }).filter(({ tokens }) => tokens > 0);
  }

  /** What is truly to be paid for a day of UTC, told or not, in pico-dollars. */
  truth(provider: BilledProvider, day: string): bigint {
    const from = Date.parse(`${day}T00:00:00Z`);
    return this.#within(provider, from, from + DAY_MS)
      .filter(({ served }) => provider !== "anthropic" || served.tier !== "priority")
      .flatMap(({ served }) => this.metered(served))
      .reduce((sum, { pico }) => sum + pico, 0n);
  }

  #within(provider: BilledProvider, from: number, to: number): Entry[] {
    return this.#entries.filter(({ served }) => served.provider === provider && served.at >= from && served.at < to);
  }
}

/** Groups by a key that is made of values. */
export function grouped<T>(all: readonly T[], keyOf: (one: T) => readonly unknown[]): T[][] {
  return [...Map.groupBy(all, (one) => JSON.stringify(keyOf(one))).values()];
}
