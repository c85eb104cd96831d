/** Dollars, as opencode and price lists write them, to integer micro-dollars. */
export function microUsd(dollars: number): number {
  return Math.round(dollars * 1_000_000);
}

/** Integer micro-dollars to dollars, exact to six places. */
export function usd(microDollars: number): number {
  return Math.round(microDollars) / 1_000_000;
}

/** Dollars to integer nano-dollars: thousandths of a micro-dollar. */
export function nanoUsd(dollars: number): number {
  return Math.round(dollars * 1_000_000_000);
}
