import {
  type EventData,
  type ModelPrice,
  nanoUsdOf,
  NO_TOKENS,
  type Priced,
  priceOf,
  totalTokens,
} from "@hal/protocol";
import { prepared } from "../../prepared.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { MOST_OF_A_MESSAGE } from "./amounts.ts";

const KEY = "ledger_prices";

/** From now on these are the prices of models of which opencode knows none; what is in the ledger stays as it was priced. */
export const setPrices = write("setPrices", ({ sqlite }: WriterDatabase, prices: readonly ModelPrice[]): void => {
  sqlite.driver
    .prepare("insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value")
    .run(KEY, JSON.stringify(prices));
});

/** The prices that hold now; read anew where they changed. */
export const pricesNow = prepared(({ sqlite }: WriterDatabase): (() => readonly ModelPrice[]) => {
  const read = sqlite.driver.prepare<[string], string>("select value from meta where key = ?").pluck();
  let known: { readonly text: string; readonly prices: readonly ModelPrice[] } = { text: "[]", prices: [] };
  return () => {
    const text = read.get(KEY) ?? "[]";
    if (text !== known.text) known = { text, prices: JSON.parse(text) as ModelPrice[] };
    return known.prices;
  };
});

/** What a message costs, and how that is known; undefined where it used nothing. */
export function pricedAs(
  { costMicroUsd, costNanoUsd, tokens = NO_TOKENS, model }: EventData<"session.message">,
  prices: () => readonly ModelPrice[],
): Priced | undefined {
  if (costMicroUsd > 0 || isFraction(costNanoUsd))
    return { kind: "opencode", costNanoUsd: exactly(costMicroUsd, costNanoUsd) };
  if (totalTokens(tokens) === 0) return undefined;
  const price = priceOf(prices(), model ?? "");
  if (price === undefined) return { kind: "unpriced", costNanoUsd: 0 };
  return { kind: "estimated", costNanoUsd: Math.min(nanoUsdOf(price, tokens), MOST_OF_A_MESSAGE) };
}

/** Less than half a micro-dollar. */
function isFraction(nanoUsd: number | undefined): boolean {
  return nanoUsd !== undefined && nanoUsd > 0 && exactly(0, nanoUsd) > 0;
}

/** An agent says one cost in two units; where they are not the same, the coarser one counts. */
function exactly(microUsd: number, nanoUsd: number | undefined): number {
  const coarse = microUsd * 1_000;
  if (nanoUsd === undefined || !Number.isSafeInteger(nanoUsd) || Math.abs(nanoUsd - coarse) > 500) return coarse;
  return Math.min(Math.max(0, nanoUsd), MOST_OF_A_MESSAGE);
}
