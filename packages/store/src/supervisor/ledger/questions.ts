import type { SupervisorStore } from "../store.ts";
import { AMOUNT_COLUMNS, AMOUNT_NAMES, AMOUNT_SQL, type Amounts, isNothing } from "./amounts.ts";
import { slotOf, slotOfDay } from "./slots.ts";

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

const COLUMN_OF: Readonly<Record<LedgerDimension, string>> = {
  project: "a.project",
  model: "a.model",
  node: "a.node_id",
  actor: "a.actor",
  session: "a.root_id",
};

/**
 * What was spent in a span, by some dimensions: each of the assistant's messages counts once, in the quarter of an hour in which it began,
 * however many nodes tell of it; what a fork copied was spent elsewhere, and what a session below another one spent is its root's.
 */
export async function ledgerSums(
  { sqlite: { driver } }: SupervisorStore,
  span: LedgerSpan,
  by: readonly LedgerDimension[],
  only: LedgerScope = {},
): Promise<LedgerSum[]> {
  const statement = driver.prepare<unknown[], (string | number)[]>(sumsBy(by, only)).raw();
  const rows = statement.all(...placesOf(span), ...scopeOf(only).map(([, value]) => value));
  return rows
    .map((row): LedgerSum => {
      const values = row.slice(0, by.length) as string[];
      const figures = row.slice(by.length) as number[];
      const amounts = Object.fromEntries(
        AMOUNT_NAMES.map((name, index) => [name, figures[index]]),
      ) as unknown as Amounts;
      const [estimatedNanoUsd = 0, unpricedTokens = 0] = figures.slice(AMOUNT_NAMES.length);
      return { ...amounts, values, estimatedNanoUsd, unpricedTokens };
    })
    .filter((sum) => !isNothing(sum));
}

/** What each of some root sessions, with all below it, spent in a span, in micro-dollars, by `<node>/<id>`. */
export async function spentByTrees(
  { sqlite: { driver } }: SupervisorStore,
  roots: readonly { readonly nodeId: string; readonly id: string }[],
  span: LedgerSpan,
): Promise<ReadonlyMap<string, number>> {
  const rows = driver
    .prepare<unknown[], { id: string; nanoUsd: number }>(
      `select a.root_id as id, ${bounded("q.cost_nano_usd")} as nanoUsd from ${QUARTERS} q
       cross join spent_accounts a on a.id = q.account
       where a.root_id in (select value from json_each(?)) group by 1`,
    )
    .all(...placesOf(span), JSON.stringify(roots.map(({ id }) => id)));
  const spent = new Map(rows.map(({ id, nanoUsd }) => [id, Math.round(nanoUsd / 1_000)]));
  return new Map(roots.flatMap(({ nodeId, id }) => (spent.has(id) ? [[`${nodeId}/${id}`, spent.get(id) ?? 0]] : [])));
}

/** How many sessions have spent something in a span. */
export async function countSpent({ sqlite: { driver } }: SupervisorStore, span: LedgerSpan): Promise<number> {
  return (
    driver
      .prepare<unknown[], number>(
        `select count(distinct a.session_id) from ${QUARTERS} q cross join spent_accounts a on a.id = q.account
         where a.session_id <> ''`,
      )
      .pluck()
      .get(...placesOf(span)) ?? 0
  );
}

/** What each quarter of an hour of a span cost, those in which something did, in their order. */
export async function spentByQuarters(
  { sqlite: { driver } }: SupervisorStore,
  { from, to = FOR_EVER }: Pick<LedgerSpan, "from" | "to">,
  only: LedgerScope = {},
): Promise<{ readonly at: number; readonly costNanoUsd: number }[]> {
  const scope = scopeOf(only).map(([column]) => `and ${column} = ?`);
  return driver
    .prepare<unknown[], { at: number; costNanoUsd: number }>(
      `select q.slot * 900000 as at, ${bounded("q.cost_nano_usd")} as costNanoUsd
       from spent_quarters q ${scope.length === 0 ? "" : "cross join spent_accounts a on a.id = q.account"}
       where q.slot >= ? and q.slot < ? ${scope.join(" ")} group by q.slot having costNanoUsd > 0 order by q.slot`,
    )
    .all(Math.max(0, slotOf(from)), slotOf(to), ...scopeOf(only).map(([, value]) => value));
}

const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** What each account came to in a span: by its quarters, and by its days of which the hour is not known. */
const QUARTERS = `(${["slot >= ? and slot < ?", "slot <= ? and slot > ?"]
  .map(
    (where) =>
      `select account, ${AMOUNT_SQL.map((name) => `total(${name}) as ${name}`).join(", ")}
       from spent_quarters where ${where} group by account`,
  )
  .join(" union all ")})`;

function placesOf({ from, to = FOR_EVER, fromDay, toDay = FOR_EVER - 1 }: LedgerSpan): number[] {
  return [Math.max(0, slotOf(from)), slotOf(to), slotOfDay(fromDay), slotOfDay(toDay)];
}

function sumsBy(by: readonly LedgerDimension[], only: LedgerScope): string {
  const scope = scopeOf(only).map(([column]) => `${column} = ?`);
  const columns = by.map((dimension) => COLUMN_OF[dimension]);
  const tokens = AMOUNT_SQL.filter((name) => name !== AMOUNT_COLUMNS.costNanoUsd).map((name) => `q.${name}`);
  return `select ${[
    ...columns,
    ...AMOUNT_SQL.map((name) => bounded(`q.${name}`)),
    bounded("iif(a.kind = 'estimated', q.cost_nano_usd, 0)"),
    bounded(`iif(a.kind = 'unpriced', ${tokens.join(" + ")}, 0)`),
  ].join(", ")}
    from ${QUARTERS} q cross join spent_accounts a on a.id = q.account
    ${scope.length === 0 ? "" : `where ${scope.join(" and ")}`}
    ${columns.length === 0 ? "" : `group by ${columns.map((_, index) => index + 1).join(", ")}`}`;
}

function scopeOf({ project, nodeId, rootId }: LedgerScope): [column: string, value: string][] {
  const all = [
    ["a.project", project],
    ["a.node_id", nodeId],
    ["a.root_id", rootId],
  ] as const;
  return all.flatMap(([column, value]) => (value === undefined ? [] : [[column, value]]));
}

/** A sum that never fails: SQLite's own `sum` refuses the whole query where it overflows. */
function bounded(column: string): string {
  const most = Number.MAX_SAFE_INTEGER;
  return `cast(max(-${most}, min(${most}, total(${column}))) as integer)`;
}
