import type { DRIFT_REASONS } from "@hal/protocol";
import { endOf, isSettled } from "./days-to-ask.ts";
import { plainModel } from "./model-name.ts";

/** More than that is a drift: a cent, in nano-dollars, and one per cent. */
const MOST_NANO_USD = 10_000_000;
const MOST_SHARE = 0.01;
/** What others use is more than what titles cost. */
const TITLES_SHARE = 0.05;

export type DriftReason = (typeof DRIFT_REASONS)[number];

/** What the ledger has of one model on one day. */
export interface LedgerPart {
  readonly model: string;
  readonly costNanoUsd: number;
  readonly tokens: number;
  readonly estimatedNanoUsd: number;
  readonly unpricedTokens: number;
}

/** One line of a bill, or of a report of usage. */
export interface BillPart {
  readonly model: string;
  readonly tier: string;
  readonly costNanoUsd: number;
  readonly tokens: number;
}

/** One day of UTC of a provider, as both sides have it. */
export interface DayFacts {
  readonly day: number;
  readonly ledger: readonly LedgerPart[];
  /** undefined where the provider did not tell it */
  readonly billed: readonly BillPart[] | undefined;
  /** undefined where it tells no usage */
  readonly usage: readonly BillPart[] | undefined;
  readonly readAt: number | undefined;
}

/** How one day compares. */
export interface Drift {
  readonly day: number;
  readonly ledgerNanoUsd: number;
  readonly billedNanoUsd: number | undefined;
  /** the difference as a share of the bill; undefined where nothing was billed */
  readonly share: number | undefined;
  readonly isDrifted: boolean;
  /** the day was over when it was told */
  readonly isComplete: boolean;
  readonly reason: DriftReason | undefined;
  /** models that the bill has and the ledger has not */
  readonly foreign: readonly string[];
}

/** What else bears on the reason. */
export interface DriftContext {
  readonly now: number;
  /** a node asks the provider with a login that is paid otherwise */
  readonly isSubscribed: boolean;
  readonly before?: DayFacts | undefined;
  readonly behind?: DayFacts | undefined;
}

/** Compares one day of a provider with the ledger, and says what is the likely reason of a difference. Pure. */
export function driftOf(facts: DayFacts, context: DriftContext): Drift {
  const ledgerNanoUsd = sumOf(facts.ledger);
  const isComplete = facts.readAt !== undefined && facts.readAt >= endOf(facts.day);
  const common = { day: facts.day, ledgerNanoUsd, isComplete };
  if (facts.billed === undefined)
    return {
      ...common,
      billedNanoUsd: undefined,
      share: undefined,
      isDrifted: false,
      reason: ledgerNanoUsd === 0 ? undefined : "not_told",
      foreign: [],
    };
  const billedNanoUsd = sumOf(facts.billed);
  const isDrifted = isComplete && differs(ledgerNanoUsd, billedNanoUsd);
  const foreign = foreignModels(facts);
  return {
    ...common,
    billedNanoUsd,
    share: billedNanoUsd === 0 ? undefined : (ledgerNanoUsd - billedNanoUsd) / Math.abs(billedNanoUsd),
    isDrifted,
    reason: isDrifted ? reasonOf(facts, context, foreign) : undefined,
    foreign,
  };
}

/**
 * Whether a drift is worth telling: not on the day behind it, on which a bill may be late and a node may be away that tells the
 * ledger, and what may only be late is not before it is.
 */
export function isToTell({ day, isDrifted, reason }: Drift, readAt: number | undefined): boolean {
  return isDrifted && reason !== "late_bill" && readAt !== undefined && readAt >= endOf(day + 1);
}

function differs(ledgerNanoUsd: number, billedNanoUsd: number): boolean {
  const difference = Math.abs(ledgerNanoUsd - billedNanoUsd);
  return difference > MOST_NANO_USD && difference > MOST_SHARE * Math.abs(billedNanoUsd);
}

function reasonOf(facts: DayFacts, context: DriftContext, foreign: readonly string[]): DriftReason {
  const { ledger, billed = [], usage } = facts;
  const [ledgerSum, billedSum] = [sumOf(ledger), sumOf(billed)];
  if (isCutElsewhere(facts, context.before) || isCutElsewhere(facts, context.behind)) return "time_zone";
  const isAgreed = usage !== undefined && near(tokensOf(ledger), tokensOf(usage));
  return ledgerSum > billedSum ? lessBilled(facts, context, isAgreed) : moreBilled(facts, isAgreed, foreign);
}

function lessBilled(
  { day, ledger, billed = [], usage = [], readAt }: DayFacts,
  { isSubscribed }: DriftContext,
  isAgreed: boolean,
): DriftReason {
  const tiers = new Set(
    [...billed, ...usage].filter((part) => part.tokens > 0 || part.costNanoUsd !== 0).map(({ tier }) => tier),
  );
  if (isSubscribed && !isAgreed) return "subscription";
  // what is of this tier is in no bill
  if ([...tiers].some((tier) => tier.startsWith("priority"))) return "priority_tier";
  if (tiers.has("batch") || tiers.has("flex")) return "batch_tier";
  if (!isSettled(day, readAt)) return "late_bill";
  if (ledger.some(({ estimatedNanoUsd }) => estimatedNanoUsd > 0)) return "estimated";
  return isAgreed ? "price" : "unknown";
}

function moreBilled(
  { ledger, billed = [], usage }: DayFacts,
  isAgreed: boolean,
  foreign: readonly string[],
): DriftReason {
  if (ledger.some(({ unpricedTokens }) => unpricedTokens > 0)) return "unpriced";
  if (isAgreed) return ledger.some(({ estimatedNanoUsd }) => estimatedNanoUsd > 0) ? "estimated" : "price";
  const [ledgerSum, billedSum] = [sumOf(ledger), sumOf(billed)];
  const isLittle = billedSum - ledgerSum <= TITLES_SHARE * billedSum;
  if (isLittle && ledgerSum > 0) return "uncounted_titles";
  if (foreign.length > 0 || ledgerSum === 0) return "other_users";
  return usage !== undefined && tokensOf(usage) > tokensOf(ledger) ? "other_users" : "unknown";
}

/** What one of two days has too much the other one has too little. */
function isCutElsewhere(facts: DayFacts, other: DayFacts | undefined): boolean {
  if (other?.billed === undefined || facts.billed === undefined) return false;
  const [own, theirs] = [sumOf(facts.ledger) - sumOf(facts.billed), sumOf(other.ledger) - sumOf(other.billed)];
  if (Math.sign(own) === Math.sign(theirs) || theirs === 0) return false;
  const billed = sumOf(facts.billed) + sumOf(other.billed);
  return !differs(billed + own + theirs, billed);
}

function foreignModels({ ledger, billed = [], usage = [] }: DayFacts): string[] {
  const known = new Set(ledger.map(({ model }) => plainModel(model)));
  const told = [...billed, ...usage].filter(
    ({ model, costNanoUsd, tokens }) => model !== "" && (costNanoUsd > 0 || tokens > 0),
  );
  return [...new Set(told.map(({ model }) => model).filter((model) => !known.has(plainModel(model))))].toSorted();
}

function near(one: number, other: number): boolean {
  return Math.abs(one - other) <= MOST_SHARE * Math.max(one, other);
}

function sumOf(parts: readonly { readonly costNanoUsd: number }[]): number {
  return parts.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
}

function tokensOf(parts: readonly { readonly tokens: number }[]): number {
  return parts.reduce((sum, { tokens }) => sum + tokens, 0);
}
