import type { SupervisorStore } from "../store.ts";
import { AMOUNT_COLUMNS, AMOUNT_NAMES, AMOUNT_SQL, type Amounts, isNothing } from "./amounts.ts";
import { dayOf, slotOf, slotOfDay } from "./slots.ts";

/** Some time: from one moment to before another one, both at a quarter of an hour. */
export interface LedgerSpan {
  readonly from: number;
  /** without it for ever */
  readonly to?: number | undefined;
  /** the days that it is by the clock of its zone: what is known by its day alone counts on the day of that name */
  readonly fromDay: number;
  /** the day behind the last one */
  readonly toDay?: number | undefined;
}

/** By what the ledger is added up, beside the time. */
export const LEDGER_DIMENSIONS = ["project", "model", "node", "actor", "session"] as const;
export type LedgerDimension = (typeof LEDGER_DIMENSIONS)[number];

/** Only what was spent there. */
export interface LedgerScope {
  readonly project?: string | undefined;
  readonly nodeId?: string | undefined;
  /** a root session with all below it */
  readonly rootId?: string | undefined;
}

/** What messages came to. */
export interface LedgerSum extends Amounts {
  /** of each dimension that was asked for; what is not known is empty. A session is a root. */
  readonly values: readonly string[];
  /** how much of the cost is estimated from tokens */
  readonly estimatedNanoUsd: number;
  /** tokens without a cost and without a price */
  readonly unpricedTokens: number;
}

/**
 * What was spent in a span, by some dimensions: each of the assistant's messages counts once, in the quarter of an hour in which it began,
 * however many nodes tell of it; what a fork copied was spent elsewhere, and what a session below another one spent is its root's.
 */
export async function ledgerSums(
  store: SupervisorStore,
  span: LedgerSpan,
  by: readonly LedgerDimension[],
  only: LedgerScope = {},
): Promise<LedgerSum[]> {
  return ledgerSumsNow(store, span, by, only);
}

/** The same for who reads several things of one moment. */
export function ledgerSumsNow(
  { sqlite: { driver } }: Pick<SupervisorStore, "sqlite">,
  span: LedgerSpan,
  by: readonly LedgerDimension[],
  only: LedgerScope,
): LedgerSum[] {
  const isOfSessions = by.includes("session") || only.rootId !== undefined;
  const { sql, values } = isOfSessions ? bySessions(span, by, only) : byDays(span, by, only);
  const rows = driver
    .prepare<unknown[], (string | number)[]>(sql)
    .raw()
    .all(...values);
  return rows.map((row) => sumOf(row, by.length)).filter((sum) => !isNothing(sum));
}

/** What each of some root sessions, with all below it, spent in a span, in micro-dollars, by `<node>/<id>`. */
export async function spentByTrees(
  store: SupervisorStore,
  roots: readonly Root[],
  span: LedgerSpan,
): Promise<ReadonlyMap<string, number>> {
  return spentByTreesNow(store, roots, span);
}

interface Root {
  readonly nodeId: string;
  readonly id: string;
}

/** The same for who reads several things of one moment. */
export function spentByTreesNow(
  { sqlite: { driver } }: Pick<SupervisorStore, "sqlite">,
  roots: readonly Root[],
  span: LedgerSpan,
): Map<string, number> {
  const rows = driver
    .prepare<unknown[], { id: string; nanoUsd: number }>(
      `select a.root_id as id, ${bounded("q.cost_nano_usd")} as nanoUsd from ${accountSums()} q
       cross join spent_accounts a on a.id = q.account
       where a.root_id in (select value from json_each(?)) group by 1`,
    )
    .all(...placesOf(span), JSON.stringify(roots.map(({ id }) => id)));
  const spent = new Map(rows.map(({ id, nanoUsd }) => [id, Math.round(nanoUsd / 1_000)]));
  return new Map(roots.flatMap(({ nodeId, id }) => (spent.has(id) ? [[`${nodeId}/${id}`, spent.get(id) ?? 0]] : [])));
}

/** How many sessions have spent something since a moment. */
export async function countSpentSince({ sqlite: { driver } }: SupervisorStore, from: number): Promise<number> {
  return (
    driver
      .prepare<[number], number>(
        "select count(distinct session_id) from spent_accounts where last_slot >= ? and session_id <> ''",
      )
      .pluck()
      .get(slotOf(from)) ?? 0
  );
}

/** What each quarter of an hour of a span cost, those in which something did, in their order. */
export async function spentByQuarters(
  { sqlite: { driver } }: SupervisorStore,
  { from, to = FOR_EVER }: Pick<LedgerSpan, "from" | "to">,
  only: LedgerScope = {},
): Promise<{ readonly at: number; readonly costNanoUsd: number }[]> {
  const scope = scopeOf(only, ACCOUNT_COLUMNS);
  return driver
    .prepare<unknown[], { at: number; costNanoUsd: number }>(
      `select q.slot * 900000 as at, ${bounded("q.cost_nano_usd")} as costNanoUsd
       from spent_quarters q ${scope.length === 0 ? "" : "cross join spent_accounts a on a.id = q.account"}
       where q.slot >= ? and q.slot < ? ${scope.map(([column]) => `and ${column} = ?`).join(" ")}
       group by q.slot having costNanoUsd > 0 order by q.slot`,
    )
    .all(Math.max(0, slotOf(from)), slotOf(to), ...scope.map(([, value]) => value));
}

interface Question {
  readonly sql: string;
  readonly values: readonly unknown[];
}

type Columns = Readonly<Record<LedgerDimension | "kind", string>>;

const ACCOUNT_COLUMNS: Columns = {
  project: "a.project",
  model: "a.model",
  node: "a.node_id",
  actor: "a.actor",
  session: "a.root_id",
  kind: "a.kind",
};

const FOR_EVER = Number.MAX_SAFE_INTEGER;
const DAY_MS = 86_400_000;

/** From the quarters alone: nothing else is known by session. */
function bySessions(span: LedgerSpan, by: readonly LedgerDimension[], only: LedgerScope): Question {
  const scope = scopeOf(only, ACCOUNT_COLUMNS);
  const root = only.rootId === undefined ? [] : [only.rootId];
  const within = root.length === 0 ? "" : "and account in (select id from spent_accounts where root_id = ?)";
  const [from, to, fromDay, toDay] = placesOf(span);
  return {
    sql: `${selecting(by, ACCOUNT_COLUMNS)} from ${accountSums(within)} q
      cross join spent_accounts a on a.id = q.account ${where(scope)} ${grouping(by)}`,
    values: [from, to, ...root, fromDay, toDay, ...root, ...scope.map(([, value]) => value)],
  };
}

/** Whole days of UTC from their sums, and from the quarters what is left at both ends. */
function byDays(span: LedgerSpan, by: readonly LedgerDimension[], only: LedgerScope): Question {
  const [from, to, fromDay, toDay] = placesOf(span);
  const firstDay = Math.ceil(Math.max(0, span.from) / DAY_MS);
  const behindDay = Math.max(firstDay, span.to === undefined ? FOR_EVER : dayOf(span.to));
  const [afterFirst, beforeLast] = [96 * firstDay, behindDay === FOR_EVER ? FOR_EVER : 96 * behindDay];
  const columns = ["project", "model", "node_id", "actor", "kind"];
  const parts = [
    `select ${[...columns, ...AMOUNT_SQL].join(", ")} from spent_day_sums where day >= ? and day < ?`,
    // one after the other: of several ranges in one condition SQLite makes a walk through all of it
    ...["q.slot >= ? and q.slot < ?", "q.slot >= ? and q.slot < ?", "q.slot > ? and q.slot <= ?"].map(
      (place) =>
        `select ${columns.map((name) => `a.${name}`).join(", ")}, ${AMOUNT_SQL.map((name) => `q.${name}`).join(", ")}
         from spent_quarters q cross join spent_accounts a on a.id = q.account where ${place}`,
    ),
  ];
  const own: Columns = {
    project: "q.project",
    model: "q.model",
    node: "q.node_id",
    actor: "q.actor",
    session: "''",
    kind: "q.kind",
  };
  const scope = scopeOf(only, own);
  const ends = [from, Math.min(to, afterFirst), Math.max(from, afterFirst, beforeLast), to];
  return {
    sql: `${selecting(by, own)} from (${parts.join(" union all ")}) q ${where(scope)} ${grouping(by)}`,
    values: [firstDay, behindDay, ...ends, toDay, fromDay, ...scope.map(([, value]) => value)],
  };
}

/** What each account came to in a span: by its quarters, and by its days of which the hour is not known. */
function accountSums(within = ""): string {
  const parts = ["slot >= ? and slot < ?", "slot <= ? and slot > ?"].map(
    (place) =>
      `select account, ${AMOUNT_SQL.map((name) => `total(${name}) as ${name}`).join(", ")}
       from spent_quarters where ${place} ${within} group by account`,
  );
  return `(${parts.join(" union all ")})`;
}

function placesOf({
  from,
  to = FOR_EVER,
  fromDay,
  toDay = FOR_EVER - 1,
}: LedgerSpan): [number, number, number, number] {
  return [Math.max(0, slotOf(from)), slotOf(to), slotOfDay(fromDay), slotOfDay(toDay)];
}

function selecting(by: readonly LedgerDimension[], columns: Columns): string {
  const tokens = AMOUNT_SQL.filter((name) => name !== AMOUNT_COLUMNS.costNanoUsd).map((name) => `q.${name}`);
  return `select ${[
    ...by.map((dimension) => columns[dimension]),
    ...AMOUNT_SQL.map((name) => bounded(`q.${name}`)),
    bounded(`iif(${columns.kind} = 'estimated', q.cost_nano_usd, 0)`),
    bounded(`iif(${columns.kind} = 'unpriced', ${tokens.join(" + ")}, 0)`),
  ].join(", ")}`;
}

function grouping(by: readonly LedgerDimension[]): string {
  return by.length === 0 ? "" : `group by ${by.map((_, index) => index + 1).join(", ")}`;
}

function where(scope: readonly (readonly [column: string, value: string])[]): string {
  return scope.length === 0 ? "" : `where ${scope.map(([column]) => `${column} = ?`).join(" and ")}`;
}

function scopeOf({ project, nodeId, rootId }: LedgerScope, columns: Columns): [column: string, value: string][] {
  const all = [
    [columns.project, project],
    [columns.node, nodeId],
    [columns.session, rootId],
  ] as const;
  return all.flatMap(([column, value]) => (value === undefined ? [] : [[column, value]]));
}

function sumOf(row: readonly (string | number)[], dimensions: number): LedgerSum {
  const figures = row.slice(dimensions) as number[];
  const amounts = Object.fromEntries(AMOUNT_NAMES.map((name, index) => [name, figures[index]])) as unknown as Amounts;
  const [estimatedNanoUsd = 0, unpricedTokens = 0] = figures.slice(AMOUNT_NAMES.length);
  return { ...amounts, values: row.slice(0, dimensions) as string[], estimatedNanoUsd, unpricedTokens };
}

/** A sum that never fails: SQLite's own `sum` refuses the whole query where it overflows. */
function bounded(column: string): string {
  const most = Number.MAX_SAFE_INTEGER;
  return `cast(max(-${most}, min(${most}, total(${column}))) as integer)`;
}
