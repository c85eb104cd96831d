import type { HalEvent } from "@hal/protocol";
import { and, count, eq, lt } from "drizzle-orm";
import { type IdempotencyKey, keyStandsFor, saveKey } from "../idempotency/keys.ts";
import { appendOwnEvents, type OwnEvent } from "../log/writes.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import {
  type BudgetMarkRow,
  budgetMarks,
  type BudgetOverrideRow,
  budgetOverrides,
  type BudgetRow,
  budgets,
  type LeaseAccountRow,
  leaseAccounts,
} from "./schema.ts";

/** What became of a change, which is made once per idempotency key. */
export type BudgetChanged = "new" | "known" | "conflict" | "full" | "none";

interface Change {
  /** what the log says of it */
  readonly event: HalEvent;
  readonly at: number;
}

/** Sets a budget, in the place of the one of this id, where there are fewer than `most`. */
export const setBudget = write(
  "setBudget",
  (
    db: WriterDatabase,
    { budget, most, ...change }: Change & { readonly budget: Omit<BudgetRow, "problem">; readonly most: number },
    idempotency: IdempotencyKey | undefined,
  ): BudgetChanged =>
    once(db, { id: budget.id, change, idempotency }, () => {
      const isThere = db.orm.select().from(budgets).where(eq(budgets.id, budget.id)).get() !== undefined;
      if (!isThere && (db.orm.select({ n: count() }).from(budgets).get()?.n ?? 0) >= most) return "full";
      const { id: _, ...set } = budget;
      db.orm.insert(budgets).values(budget).onConflictDoUpdate({ target: budgets.id, set }).run();
      db.orm.delete(budgetOverrides).where(eq(budgetOverrides.budgetId, budget.id)).run();
      return "new";
    }),
);

/** Takes away a budget that was set, with what it was raised to. */
export const removeBudget = write(
  "removeBudget",
  (
    db: WriterDatabase,
    { id, ...change }: Change & { readonly id: string },
    idempotency: IdempotencyKey | undefined,
  ): BudgetChanged =>
    once(db, { id, change, idempotency }, () => {
      if (db.orm.delete(budgets).where(eq(budgets.id, id)).returning().get() === undefined) return "none";
      db.orm.delete(budgetOverrides).where(eq(budgetOverrides.budgetId, id)).run();
      db.orm.delete(budgetMarks).where(eq(budgetMarks.budgetId, id)).run();
      return "new";
    }),
);

/** Gives a budget another limit for a time; without one takes that back. */
export const overrideBudget = write(
  "overrideBudget",
  (
    db: WriterDatabase,
    {
      id,
      override,
      ...change
    }: Change & { readonly id: string; readonly override: Omit<BudgetOverrideRow, "problem"> | undefined },
    idempotency: IdempotencyKey | undefined,
  ): BudgetChanged =>
    once(db, { id, change, idempotency }, () => {
      if (override === undefined) {
        const gone = db.orm.delete(budgetOverrides).where(eq(budgetOverrides.budgetId, id)).returning().get();
        return gone === undefined ? "none" : "new";
      }
      const { budgetId: _, ...set } = override;
      db.orm
        .insert(budgetOverrides)
        .values(override)
        .onConflictDoUpdate({ target: budgetOverrides.budgetId, set })
        .run();
      return "new";
    }),
);

interface Once {
  readonly id: string;
  readonly change: Change;
  readonly idempotency: IdempotencyKey | undefined;
}

function once(db: WriterDatabase, { id, change, idempotency }: Once, make: () => BudgetChanged): BudgetChanged {
  const known = idempotency === undefined ? undefined : keyStandsFor(db, idempotency);
  if (known === "other") return "conflict";
  if (known !== undefined) return "known";
  const changed = make();
  if (changed !== "new") return changed;
  if (idempotency !== undefined) saveKey(db, idempotency, { made: id, now: change.at });
  appendOwnEvents.within(db, [{ event: change.event }], change.at);
  return changed;
}

/** Keeps what was said of a budget in its span, and says it, where nobody said it meanwhile. Returns whether it did. */
export const markBudget = write(
  "markBudget",
  (
    db: WriterDatabase,
    {
      before,
      mark,
      events,
    }: {
      readonly before: BudgetMarkRow | undefined;
      readonly mark: BudgetMarkRow;
      readonly events: readonly OwnEvent[];
    },
  ): boolean => {
    const of = and(eq(budgetMarks.budgetId, mark.budgetId), eq(budgetMarks.subject, mark.subject));
    const stored = db.orm.select().from(budgetMarks).where(of).get();
    if (JSON.stringify(stored) !== JSON.stringify(before)) return false;
    const { budgetId: _, subject: __, ...set } = mark;
    db.orm
      .insert(budgetMarks)
      .values(mark)
      .onConflictDoUpdate({ target: [budgetMarks.budgetId, budgetMarks.subject], set })
      .run();
    appendOwnEvents.within(db, events, mark.changedAt);
    return true;
  },
);

/** Forgets what was said of sessions long ago. */
export const forgetBudgetMarks = write("forgetBudgetMarks", (db: WriterDatabase, before: number): void => {
  db.orm.delete(budgetMarks).where(lt(budgetMarks.changedAt, before)).run();
});

/** Keeps what nodes may spend; it is on the disk when this resolves, and may be told. */
export const saveLeaseAccounts = write(
  "saveLeaseAccounts",
  (db: WriterDatabase, accounts: readonly LeaseAccountRow[]): void => {
    for (const account of accounts) {
      const { nodeId: _, ...set } = account;
      db.orm.insert(leaseAccounts).values(account).onConflictDoUpdate({ target: leaseAccounts.nodeId, set }).run();
    }
  },
);
