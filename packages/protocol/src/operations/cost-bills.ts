import * as v from "valibot";
import { Figure } from "../bounds.ts";
import { IntegerText, Time } from "./fields.ts";
import { operation } from "./operation.ts";

/** Providers that can be asked what is to be paid. */
export const BILLED_PROVIDERS = ["anthropic", "openai", "openrouter"] as const;
export type BilledProvider = (typeof BILLED_PROVIDERS)[number];

/** How asking a provider for its bill goes. */
export const BillState = v.picklist(["untried", "working", "failing", "stale", "not_asked"]);
export type BillState = v.InferOutput<typeof BillState>;

const Dollars = (description: string) => v.pipe(v.nullable(Figure), v.description(description));

/** A node whose opencode asks a provider with a login instead of a key. */
export const SubscriptionView = v.object({
  node_id: v.string(),
  node: v.string(),
  window: v.pipe(v.string(), v.description("how much of it is used, as far as anybody says")),
  resets_at: v.pipe(v.nullable(Time), v.description("when more can be used; null where nobody says")),
  login: v.pipe(
    v.nullable(v.string()),
    v.description("a fingerprint of whose it is; null where the login does not say"),
  ),
  shared_with: v.pipe(v.array(v.string()), v.description("other nodes with the same login, as far as that is known")),
});
export type SubscriptionView = v.InferOutput<typeof SubscriptionView>;

/** A provider, whether its bill is asked for, and what it said last. */
export const BillView = v.object({
  provider: v.string(),
  state: v.pipe(
    BillState,
    v.description("`stale`: it answered, and that is long ago; `not_asked`: it has no bill, or nobody gave a key"),
  ),
  reason: v.pipe(v.string(), v.description("why it is so, and what to do")),
  code: v.pipe(v.nullable(v.string()), v.description("of one that fails, why, in one word")),
  since: v.nullable(Time),
  stale: v.pipe(v.boolean(), v.description("what is shown of it is from earlier")),
  asking: v.pipe(v.boolean(), v.description("it is being asked just now")),
  as_of: v.pipe(v.nullable(Time), v.description("of when its newest whole answer is")),
  next_poll_at: v.nullable(Time),
  billed_today_usd: Dollars("this day of UTC, as it was billed; null where it did not tell"),
  billed_month_usd: Dollars("the last 30 days of UTC with today, as far as it told; null where it told none of them"),
  ledger_today_usd: v.pipe(Figure, v.description("what the ledger has of the same day")),
  ledger_month_usd: v.pipe(Figure, v.description("what the ledger has of the same 30 days")),
  subscriptions: v.pipe(v.array(SubscriptionView), v.description("they cost no money by what is used")),
});
export type BillView = v.InferOutput<typeof BillView>;

export const BillsView = v.object({
  providers: v.array(BillView),
  note: v.pipe(v.string(), v.description("what these figures are, and what no provider tells")),
});
export type BillsView = v.InferOutput<typeof BillsView>;

/** What may make a bill another sum than the ledger's. */
export const DRIFT_REASONS = [
  "not_told",
  "late_bill",
  "subscription",
  "priority_tier",
  "batch_tier",
  "time_zone",
  "other_users",
  "uncounted_titles",
  "unpriced",
  "estimated",
  "price",
  "unknown",
] as const;

/** One day of UTC of a provider: its bill beside the ledger. */
export const DriftView = v.object({
  provider: v.string(),
  day: v.pipe(v.string(), v.description("of UTC, as bills are")),
  ledger_usd: Figure,
  billed_usd: Dollars("null where it did not tell this day"),
  difference_usd: Dollars("the ledger's without the billed"),
  drift_percent: Dollars("the difference as a share of the bill; null where nothing was billed"),
  drifted: v.pipe(v.boolean(), v.description("more than 1 % and more than a cent")),
  complete: v.pipe(v.boolean(), v.description("the day was over when it was told")),
  reason: v.pipe(
    v.nullable(v.picklist(DRIFT_REASONS)),
    v.description("the likely reason, in one word; null where nothing is to be explained"),
  ),
  explanation: v.pipe(v.string(), v.description("the same in words; empty where nothing is to be explained")),
  as_of: v.nullable(Time),
});
export type DriftView = v.InferOutput<typeof DriftView>;

export const costProviders = operation({
  name: "cost.providers",
  summary: "How asking each provider for its bill goes, and what it billed",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/cost/providers",
  input: v.object({}),
  output: BillsView,
});

export const costPoll = operation({
  name: "cost.poll",
  summary: "Ask providers for their bills now, and wait a moment for what they say",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/cost/poll",
  words: ["provider"],
  input: v.object({
    provider: v.optional(
      v.pipe(v.picklist(BILLED_PROVIDERS), v.description("only this one; without it all that have a key")),
    ),
  }),
  output: BillsView,
  audited: { target: "provider" },
});

export const costDrift = operation({
  name: "cost.drift",
  summary: "Bills beside the ledger, by provider and day of UTC, with the likely reason where they differ",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/cost/drift",
  words: ["days"],
  input: v.object({
    days: v.optional(
      v.pipe(
        v.fallback(v.pipe(IntegerText, v.minValue(1)), 7),
        v.metadata({ maximum: 31 }),
        v.description("so many days before today, 1 to 31"),
        v.transform((days) => Math.min(days, 31)),
      ),
      7,
    ),
    provider: v.optional(v.pipe(v.picklist(BILLED_PROVIDERS), v.description("only of this one"))),
  }),
  output: v.array(DriftView),
});
