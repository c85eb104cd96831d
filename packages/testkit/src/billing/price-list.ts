/** What a million tokens of a model cost in micro-dollars, which is also what one token costs in pico-dollars. */
export interface ListPrice {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

/** Tokens as a provider counts them: `input` without what came from or went into a cache, `output` with reasoning. */
export interface ServedTokens {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  /** of `output` */
  readonly reasoning?: number;
}

export const KINDS = ["input", "output", "cacheRead", "cacheWrite5m", "cacheWrite1h"] as const;
export type TokenKind = (typeof KINDS)[number];

/** What models cost that nobody gave a price; micro-dollars a million. */
export const STANDARD_PRICE: ListPrice = {
  input: 3_000_000,
  output: 15_000_000,
  cacheRead: 300_000,
  cacheWrite5m: 3_750_000,
  cacheWrite1h: 6_000_000,
};

/** What one kind of tokens comes to, in pico-dollars; exact. */
export function picoUsd(price: ListPrice, kind: TokenKind, tokens: number, isHalf: boolean): bigint {
  const whole = BigInt(tokens) * BigInt(price[kind]);
  return isHalf ? whole / 2n : whole;
}

/** Pico-dollars as a decimal of a unit that has 10^`digits` of them. */
export function decimalOf(pico: bigint, digits: number): string {
  const sign = pico < 0n ? "-" : "";
  const text = (pico < 0n ? -pico : pico).toString().padStart(digits + 1, "0");
  const part = text.slice(-digits).replace(/0+$/, "");
  return `${sign}${text.slice(0, -digits)}${part === "" ? "" : `.${part}`}`;
}
