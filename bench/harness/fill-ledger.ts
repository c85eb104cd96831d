import { FILLED_NODE } from "./fill-log.ts";
import type { Driver } from "./database.ts";

const DAY_MS = 86_400_000;
/** Sessions that are at work at a time, and how much each does. */
const [SIDE_BY_SIDE, ANSWERS_A_SESSION] = [40, 60];

/**
 * Fills the ledger as it is after so many answers in so many days. Of 40 sessions each answers in turn, so that hardly two answers
 * are in one quarter of an hour of one session: no ledger has more rows.
 */
export function fillLedger(
  driver: Driver,
  { answers, days }: { readonly answers: number; readonly days: number },
): void {
  driver.pragma("synchronous = OFF");
  const begin = Date.now() - days * DAY_MS;
  driver.transaction(() => {
    driver.exec("create temp table filling (session integer, n integer, slot integer)");
    const block = SIDE_BY_SIDE * ANSWERS_A_SESSION;
    // written into the statement: numbers that are bound are fractions
    driver.exec(
      `with recursive rows(n) as (select 0 union all select n + 1 from rows where n + 1 < ${answers})
       insert into filling
       select n / ${block} * ${SIDE_BY_SIDE} + n % ${SIDE_BY_SIDE}, n, (${begin} + n * ${days * DAY_MS} / ${answers}) / 900000 from rows`,
    );
    for (const statement of STATEMENTS) driver.prepare(statement).run();
    driver.exec("drop table filling");
  })();
  driver.pragma("wal_checkpoint(TRUNCATE)");
}

/** Ten projects, three models, five nodes and six people. */
const STATEMENTS = [
  `insert into spent_accounts (id, session_id, root_id, node_id, project, model, actor, kind, last_slot)
   select session + 1, printf('ses_%08d', session), printf('ses_%08d', session),
     iif(session % 5 = 0, '${FILLED_NODE}', printf('node-%d', session % 5)), printf('project-%d', session % 10),
     printf('scripted/model-%d', session % 3), printf('token:person-%d', session % 6), 'opencode', max(slot)
   from filling group by session`,
  `insert into spent_shares
   select printf('ses_%08d', session), printf('msg_%d', n), '', session + 1, slot, 1000 * (n % 100), 100, 10, 5, 1000, 7, 0 from filling`,
  `insert into spent_quarters
   select slot, account, sum(cost_nano_usd), sum(input), sum(output), sum(reasoning), sum(cache_read), sum(cache_write), 0
   from spent_shares group by 1, 2`,
  `insert into spent_day_sums
   select q.slot / 96, a.project, a.model, a.node_id, a.actor, a.kind, sum(q.cost_nano_usd), sum(q.input), sum(q.output),
     sum(q.reasoning), sum(q.cache_read), sum(q.cache_write), 0
   from spent_quarters q join spent_accounts a on a.id = q.account group by 1, 2, 3, 4, 5, 6`,
];
