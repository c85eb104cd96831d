import * as v from "valibot";
import { lenient, MicroUsd, Text, Timestamp, Word } from "../bounds.ts";
import { always } from "./keep.ts";

/** Which budget, in what span of time, and how it stands there. */
const STANDING = {
  budgetId: Word,
  /** the budget in words, such as `the fleet: $50.00 a day` */
  budget: Text,
  spentMicroUsd: MicroUsd,
  limitMicroUsd: MicroUsd,
  /** when the span that it stands in began; absent of one that never begins anew */
  from: lenient(Timestamp),
};

/** Of budgets, and of what may be spent. */
export const BUDGET_EVENTS = {
  /** So much of it is spent, as a share of the limit, that somebody wants to know. */
  "budget.warned": always(v.object({ ...STANDING, share: v.pipe(v.number(), v.minValue(0), v.maxValue(1)) })),
  /** All of it is spent: `action` is `alert`, `refuse` or `stop`. */
  "budget.reached": always(v.object({ ...STANDING, action: Word })),
  /** What was refused or stopped for it may go on: more may be spent, or another span has begun. */
  "budget.reopened": always(v.object({ ...STANDING, reason: Text })),
  /** Its agent stopped the turn of a session, since all is spent that may be; `critical` says that it was exempt, and went on. */
  "budget.stopped": always(v.object({ budgetId: Word, budget: Text, reason: Text, critical: v.optional(v.boolean()) })),
  /** Somebody changed one: `what` is `set`, `raised`, `lowered`, `lifted` or `removed`. */
  "budget.changed": always(
    v.object({ budgetId: Word, budget: Text, what: Word, by: Word, reason: Text, limitMicroUsd: v.optional(MicroUsd) }),
  ),
} as const;

/** Of what providers say is to be paid. */
export const COST_EVENTS = {
  /** A provider does not say it any more, and why: what is shown of it is from earlier. */
  "cost.provider_failing": always(v.object({ provider: Word, reason: Text, code: Word })),
  "cost.provider_working": always(v.object({ provider: Word })),
  /** On a day that is complete a provider's bill is another sum than the ledger's. Days are of UTC, written `2026-11-28`. */
  "cost.drifted": always(
    v.object({ provider: Word, day: Word, ledgerMicroUsd: MicroUsd, billedMicroUsd: MicroUsd, reason: Text }),
  ),
  /** What was spent in some days is to be told to people; the figures are read when that is done. */
  "cost.reported": always(v.object({ from: Timestamp, to: Timestamp, title: Text })),
} as const;
