import type { BilledDay, BillLine } from "@hal/store/supervisor";
import * as v from "valibot";

const DAY_MS = 86_400_000;
const MOST_NAME = 200;

/** A count that providers may leave away. */
export const Tokens = v.pipe(
  v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)), null),
  v.transform((count) => count ?? 0),
);

/** A name that is null where it is not grouped by, or where there is none. */
export const Name = v.pipe(
  v.nullish(v.string(), null),
  v.transform((text) => (text ?? "").slice(0, MOST_NAME)),
);

export const NO_LINE: BillLine = {
  model: "",
  item: "",
  tier: "",
  account: "",
  costNanoUsd: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  requests: 0,
};

/** One line for each that is about the same: a provider tells apart more than we do. */
export function merged(lines: readonly BillLine[]): BillLine[] {
  const all = new Map<string, BillLine>();
  for (const line of lines) {
    const key = JSON.stringify([line.model, line.item, line.tier, line.account]);
    const known = all.get(key);
    all.set(key, known === undefined ? line : added(known, line));
  }
  return [...all.values()];
}

function added(one: BillLine, other: BillLine): BillLine {
  return {
    ...one,
    costNanoUsd: one.costNanoUsd + other.costNanoUsd,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    cacheReadTokens: one.cacheReadTokens + other.cacheReadTokens,
    cacheWriteTokens: one.cacheWriteTokens + other.cacheWriteTokens,
    requests: one.requests + other.requests,
  };
}

/** Days since 1970 of a time in milliseconds. */
export function dayAt(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** The beginning of a day in milliseconds since 1970. */
export function startOf(day: number): number {
  return day * DAY_MS;
}

/** Puts together what came of the same day; what nobody asked for is left away. */
export function daysOf(
  told: readonly { readonly day: number; readonly lines: readonly BillLine[]; readonly raw: string }[],
  { from, to }: { readonly from: number; readonly to: number },
): BilledDay[] {
  return [...Map.groupBy(told, ({ day }) => day)]
    .filter(([day]) => day >= from && day <= to)
    .map(([day, parts]) => ({
      day,
      lines: merged(parts.flatMap(({ lines }) => lines)),
      raw: parts.length === 1 ? parts[0]?.raw : `[${parts.map(({ raw }) => raw).join(",")}]`,
    }));
}
