import { type EventData, type ModelPrice, nanoUsdOf, NO_TOKENS, priceOf, totalTokens } from "@hal/protocol";

type Costs = Pick<EventData<"session.message">, "costMicroUsd" | "costNanoUsd" | "tokens" | "model">;

/** What a message costs in nano-dollars: as its back end says, else by a price that is known, else nothing. Pure. */
export function costOf(
  { costMicroUsd, costNanoUsd, tokens = NO_TOKENS, model }: Costs,
  prices: readonly ModelPrice[],
): number {
  const said = costNanoUsd ?? costMicroUsd * 1_000;
  if (said > 0 || totalTokens(tokens) === 0) return Math.max(0, Math.round(said));
  const price = priceOf(prices, model ?? "");
  return price === undefined ? 0 : nanoUsdOf(price, tokens);
}
