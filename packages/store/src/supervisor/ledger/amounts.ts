import { MOST_COUNT } from "@hal/protocol";

/** What is added up, as columns are called in TypeScript and in the file. */
export const AMOUNT_COLUMNS = {
  costNanoUsd: "cost_nano_usd",
  input: "input",
  output: "output",
  reasoning: "reasoning",
  cacheRead: "cache_read",
  cacheWrite: "cache_write",
  unsplit: "unsplit",
} as const;

export type Amount = keyof typeof AMOUNT_COLUMNS;
export type Amounts = Readonly<Record<Amount, number>>;

export const AMOUNT_NAMES = Object.keys(AMOUNT_COLUMNS) as readonly Amount[];
export const AMOUNT_SQL: readonly string[] = Object.values(AMOUNT_COLUMNS);

export const NOTHING: Amounts = {
  costNanoUsd: 0,
  input: 0,
  output: 0,
  reasoning: 0,
  cacheRead: 0,
  cacheWrite: 0,
  unsplit: 0,
};

/** A million dollars: as much as one message may cost. */
export const MOST_OF_A_MESSAGE = 1_000 * MOST_COUNT;

/** What no quarter can have come to: there were amounts in it that nobody can add up. */
export const MOST_OF_A_QUARTER = 9_000 * MOST_COUNT;

/** One more, or one less. */
export function added(one: Amounts, other: Amounts, sign: 1 | -1): Amounts {
  return {
    costNanoUsd: one.costNanoUsd + sign * other.costNanoUsd,
    input: one.input + sign * other.input,
    output: one.output + sign * other.output,
    reasoning: one.reasoning + sign * other.reasoning,
    cacheRead: one.cacheRead + sign * other.cacheRead,
    cacheWrite: one.cacheWrite + sign * other.cacheWrite,
    unsplit: one.unsplit + sign * other.unsplit,
  };
}

export function isNothing(amounts: Amounts): boolean {
  return AMOUNT_NAMES.every((name) => amounts[name] === 0);
}

/** All tokens, of whichever kind. */
export function tokensOf({ input, output, reasoning, cacheRead, cacheWrite, unsplit }: Amounts): number {
  return input + output + reasoning + cacheRead + cacheWrite + unsplit;
}

/** A sum that grows without end stays a number that can be read: SQLite makes of one that is too great a fraction. */
export function within(sum: string): string {
  return `cast(max(${Number.MIN_SAFE_INTEGER}, min(${Number.MAX_SAFE_INTEGER}, ${sum})) as integer)`;
}
