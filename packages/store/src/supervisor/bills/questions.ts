import { and, between, eq } from "drizzle-orm";
import { addedUp } from "../added-up.ts";
import type { SupervisorStore } from "../store.ts";
import {
  type BillDayRow,
  type BillLineRow,
  billDays,
  billLines,
  type BillPollRow,
  billPolls,
  billRaws,
} from "./schema.ts";

/** Days since 1970 in UTC; both are part of it. */
export interface DaySpan {
  readonly from: number;
  readonly to: number;
}

/** How asking each provider goes, by its name. */
export function billPollsByProvider({ sqlite: { orm } }: SupervisorStore): ReadonlyMap<string, BillPollRow> {
  return new Map(
    orm
      .select()
      .from(billPolls)
      .all()
      .map((row) => [row.provider, row]),
  );
}

/** Which days were read, of all providers. */
export function readBillDays({ sqlite: { orm } }: SupervisorStore, { from, to }: DaySpan): BillDayRow[] {
  return orm
    .select()
    .from(billDays)
    .where(between(billDays.day, from, to))
    .all();
}

/** Lines of the days of a span, of all providers. */
export function billLinesIn({ sqlite: { orm } }: SupervisorStore, { from, to }: DaySpan): BillLineRow[] {
  return orm
    .select()
    .from(billLines)
    .where(between(billLines.day, from, to))
    .all();
}

/** What a provider is to be paid for the days of a span, as far as it told, in nano-dollars. */
export function billedIn({ sqlite: { orm } }: SupervisorStore, provider: string, { from, to }: DaySpan): number {
  const row = orm
    .select({ costNanoUsd: addedUp(billLines.costNanoUsd) })
    .from(billLines)
    .where(and(eq(billLines.provider, provider), eq(billLines.report, "cost"), between(billLines.day, from, to)))
    .get();
  return row?.costNanoUsd ?? 0;
}

/** What a provider answered last of a report of a day, as it came; -1 is what is about no day. */
export function rawBill(
  { sqlite: { orm } }: SupervisorStore,
  { provider, report, day }: { readonly provider: string; readonly report: string; readonly day: number },
): string | undefined {
  return orm
    .select({ body: billRaws.body })
    .from(billRaws)
    .where(and(eq(billRaws.provider, provider), eq(billRaws.report, report), eq(billRaws.day, day)))
    .get()?.body;
}

/** What the ledger has of a model of a provider on a day of UTC. */
export interface LedgerDay {
  readonly provider: string;
  readonly day: number;
  readonly model: string;
  readonly costNanoUsd: number;
  readonly tokens: number;
  /** of the cost: what is estimated from tokens */
  readonly estimatedNanoUsd: number;
  /** of the tokens: those without a cost and without a price */
  readonly unpricedTokens: number;
}

/** What the ledger has of each day of a span, by provider and model. */
export function ledgerByProviderDay({ sqlite: { driver } }: SupervisorStore, { from, to }: DaySpan): LedgerDay[] {
  const tokens = "input + output + reasoning + cache_read + cache_write + unsplit";
  const rows = driver
    .prepare<number[], Omit<LedgerDay, "provider">>(
      `select day, model, ${bounded("cost_nano_usd")} as costNanoUsd, ${bounded("tokens")} as tokens,
         ${bounded("iif(kind = 'estimated', cost_nano_usd, 0)")} as estimatedNanoUsd,
         ${bounded("iif(kind = 'unpriced', tokens, 0)")} as unpricedTokens
       from (
         select day, model, kind, cost_nano_usd, ${tokens} as tokens from spent_day_sums where day between ? and ?
         union all
         select -1 - q.slot, a.model, a.kind, q.cost_nano_usd, ${tokens.replaceAll(/\w+/g, "q.$&")}
         from spent_quarters q cross join spent_accounts a on a.id = q.account where q.slot between ? and ?
       ) group by day, model order by day, model`,
    )
    .all(from, to, -1 - to, -1 - from);
  return rows.map(({ model, ...row }) => {
    const end = model.indexOf("/");
    const [provider, own] = end === -1 ? [model, ""] : [model.slice(0, end), model.slice(end + 1)];
    return { ...row, provider, model: own };
  });
}

/** A sum that never fails: SQLite's own `sum` refuses the whole query where it overflows. */
function bounded(column: string): string {
  const most = Number.MAX_SAFE_INTEGER;
  return `cast(max(-${most}, min(${most}, total(${column}))) as integer)`;
}

/** Until when providers let nodes do nothing, as they said to sessions there. */
export function providerLimits(
  { sqlite: { driver } }: SupervisorStore,
  now: number,
): { readonly nodeId: string; readonly provider: string; readonly until: number; readonly message: string }[] {
  return driver
    .prepare<[number], { nodeId: string; provider: string; until: number; message: string }>(
      `select p.node_id as nodeId, substr(s.model, 1, instr(s.model, '/') - 1) as provider,
         max(p.limit_until) as until, coalesce(p.limit_message, '') as message
       from policy_sessions p join sessions s on s.node_id = p.node_id and s.id = p.session_id
       where p.limit_until > ? and instr(s.model, '/') > 1 group by 1, 2`,
    )
    .all(now);
}
