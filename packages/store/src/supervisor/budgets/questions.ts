import { and, asc, eq, sql } from "drizzle-orm";
import { type LedgerSpan, ledgerSumsNow, spentByTreesNow } from "../ledger/questions.ts";
import { dayOf } from "../ledger/slots.ts";
import { cursors } from "../log/schema.ts";
import { sound } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import {
  type BudgetMarkRow,
  budgetMarks,
  type BudgetOverrideRow,
  budgetOverrides,
  type BudgetRow,
  budgets,
  type BudgetStopRow,
  budgetStops,
  type LeaseAccountRow,
  leaseAccounts,
} from "./schema.ts";

/** The budgets that operations set, oldest first. */
export async function listBudgets(store: SupervisorStore): Promise<BudgetRow[]> {
  return sound(store, "budgets", store.sqlite.orm.select().from(budgets).orderBy(asc(budgets.createdAt)).all());
}

/** Other limits than budgets were given. */
export async function listBudgetOverrides(store: SupervisorStore): Promise<BudgetOverrideRow[]> {
  return sound(store, "budgetOverrides", store.sqlite.orm.select().from(budgetOverrides).all());
}

/** What was said of budgets. */
export function budgetMarksOf(store: SupervisorStore, budgetId: string): BudgetMarkRow[] {
  return store.sqlite.orm.select().from(budgetMarks).where(eq(budgetMarks.budgetId, budgetId)).all();
}

/** What each node was told that it may spend. */
export async function listLeaseAccounts(store: SupervisorStore): Promise<LeaseAccountRow[]> {
  return store.sqlite.orm.select().from(leaseAccounts).all();
}

/** That the turn of a root session was stopped for a budget, and none has begun since. */
export function budgetStopOf(store: SupervisorStore, nodeId: string, sessionId: string): BudgetStopRow | undefined {
  return store.sqlite.orm
    .select()
    .from(budgetStops)
    .where(and(eq(budgetStops.nodeId, nodeId), eq(budgetStops.sessionId, sessionId)))
    .get();
}

/** The root sessions that were stopped for a budget and have not begun anything since. */
export function listBudgetStops(store: SupervisorStore, limit = 1_000): BudgetStopRow[] {
  return store.sqlite.orm.select().from(budgetStops).orderBy(asc(budgetStops.at)).limit(limit).all();
}

/** What a sum is about that a budget counts: everything, or a project. */
export interface SpentScope {
  readonly project?: string | undefined;
}

/**
 * What the ledger has since the beginning of a span, in micro-dollars, by node; under an empty name what is of no node that is known.
 */
export function spentInSpan(
  store: Pick<SupervisorStore, "sqlite">,
  { project }: SpentScope,
  from: number,
): Map<string, number> {
  const sums = ledgerSumsNow(store, spanFrom(from), ["node"], { project });
  return new Map(sums.map(({ values: [node = ""], costNanoUsd }) => [node, Math.ceil(costNanoUsd / 1_000)]));
}

/** The same of root sessions with everything below each of them, by `<node>/<session>`. */
export function spentByRoots(
  store: Pick<SupervisorStore, "sqlite">,
  roots: readonly { readonly nodeId: string; readonly id: string }[],
  from: number,
): Map<string, number> {
  return roots.length === 0 ? new Map() : spentByTreesNow(store, roots, spanFrom(from));
}

/** What is known by its day alone, from before there was a ledger, counts on the day of UTC that is nearest to the beginning. */
function spanFrom(from: number): LedgerSpan {
  return { from, fromDay: dayOf(from + 12 * 3_600_000) };
}

/** The last place of a node's outbox that is committed, in a life of it. */
export function committedPlace({ sqlite }: Pick<SupervisorStore, "sqlite">, nodeId: string, epoch: string): number {
  const where = and(eq(cursors.nodeId, nodeId), eq(cursors.epoch, epoch));
  return sqlite.orm.select({ seq: cursors.seq }).from(cursors).where(where).get()?.seq ?? 0;
}

/** Reads several things of one moment. */
export function ofOneMoment<T>(store: Pick<SupervisorStore, "sqlite">, read: () => T): T {
  return store.sqlite.driver.transaction(read)();
}

/** The projects of root sessions, by `<node>/<session>`. */
export function projectsOfRoots(
  { sqlite: { orm } }: Pick<SupervisorStore, "sqlite">,
  roots: readonly { readonly nodeId: string; readonly id: string }[],
): Map<string, string> {
  if (roots.length === 0) return new Map();
  const wanted = JSON.stringify(roots.map(({ nodeId, id }) => [nodeId, id]));
  const rows = orm.all<{ root: string; project: string }>(sql`
    select s.node_id || '/' || s.id as root, s.project as project
    from json_each(${wanted}) w cross join sessions s on s.node_id = w.value ->> 0 and s.id = w.value ->> 1`);
  return new Map(rows.map(({ root, project }) => [root, project]));
}
