import type { Drift, DriftReason } from "./drift.ts";

const MOST_MODELS = 5;

const TEXTS: Readonly<Record<DriftReason, string>> = {
  not_told: "the provider told nothing of this day",
  late_bill: "the bill may be late: it still changes within three days",
  subscription: "a node works with a subscription there, of which nothing is billed by use",
  priority_tier: "a part was of the priority tier, which is paid otherwise and is in no report of costs",
  batch_tier: "a part was of the batch tier, which costs half",
  time_zone: "what is missing here is on the day beside it: turns that went on over midnight of UTC",
  other_users: "others use the same account",
  uncounted_titles: "what opencode asks for beside turns, such as titles, is billed and counted in no session",
  unpriced: "the ledger has tokens without a price: set one in cost.prices",
  estimated: "the ledger's sum is estimated from tokens: compare cost.prices with the provider's prices",
  price: "the tokens are the same and the prices are not, such as those of the cache",
  unknown: "nothing that is known explains it",
};

/** Why a bill is probably another sum than the ledger's; empty where nothing is to be explained. */
export function driftText({ reason, foreign }: Pick<Drift, "reason" | "foreign">): string {
  if (reason === undefined) return "";
  if (reason !== "other_users" || foreign.length === 0) return TEXTS[reason];
  const more = foreign.length - MOST_MODELS;
  const named = foreign.slice(0, MOST_MODELS).join(", ");
  return `${TEXTS[reason]}: it has ${named}${more > 0 ? ` and ${more} more` : ""}, which no session here used`;
}
