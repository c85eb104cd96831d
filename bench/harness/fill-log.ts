import type { Driver } from "./database.ts";

/** What a log is filled with. */
export interface Filling {
  readonly events: number;
  readonly sessions: number;
  /** answers of models, each with what it cost, of the last 30 days */
  readonly answers?: number;
}

export const FILLED_NODE = "00000000-0000-7000-8000-000000000001";
const ROWS_PER_TRANSACTION = 250_000;
/** in a different order for each block of the log, as sessions are at work side by side */
const SESSIONS_AT_WORK = 40;

/** The id of one of the sessions, counted from 0. */
export function filledSession(number: number): string {
  return `ses_filled_${String(number).padStart(8, "0")}`;
}

/** Fills the event log and its sessions by SQL alone, with indexes made at the end, as fast as SQLite can. */
export async function fillLog(driver: Driver, { events, sessions, answers = 0 }: Filling): Promise<void> {
  driver.pragma("synchronous = OFF");
  const indexes = driver
    .prepare("select name, sql from sqlite_master where type = 'index' and tbl_name = 'events' and sql is not null")
    .all() as { readonly name: string; readonly sql: string }[];
  for (const { name } of indexes) driver.exec(`drop index "${name}"`);
  insertNode(driver);
  const insert = driver.prepare(INSERT_EVENTS);
  const perSession = Math.ceil(events / sessions);
  for (let from = 0; from < events; from += ROWS_PER_TRANSACTION) {
    insert.run({ from, to: Math.min(events, from + ROWS_PER_TRANSACTION), perSession, node: FILLED_NODE });
    await new Promise((resolve) => setImmediate(resolve)); // so that Ctrl-C is heard
  }
  for (const { sql } of indexes) {
    driver.exec(sql);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const now = Date.now();
  driver.prepare(INSERT_SESSIONS).run({ sessions, node: FILLED_NODE, now });
  if (answers > 0) {
    driver.prepare(INSERT_ANSWERS).run({ answers, sessions, node: FILLED_NODE, now });
    for (const statement of INSERT_SPENT) driver.exec(statement);
  }
  driver.pragma("wal_checkpoint(TRUNCATE)");
}

function insertNode(driver: Driver): void {
  driver
    .prepare(
      `insert into nodes (id, hostname, name, labels, version, os, arch, secret_hash, secret_confirmed, projects, opencode, first_seen_at)
       values (?, 'filled', 'filled', '{}', '0.1.0', 'linux', 'x64', '', 0, '[]', '{"state":"up","since":1}', 1)`,
    )
    .run(FILLED_NODE);
}

const START = 1_700_000_000_000;

const INSERT_EVENTS = `
  with recursive rows(n) as (select @from union all select n + 1 from rows where n + 1 < @to),
  placed as (
    select n, (n / (@perSession * ${SESSIONS_AT_WORK})) * ${SESSIONS_AT_WORK} + n % ${SESSIONS_AT_WORK} as session from rows
  )
  insert into events (node_id, epoch, seq, source_key, at, received_at, type, project, session_id, data)
  select @node, 'filled', n + 1, printf('ses_filled_%08d/%d', session, n), ${START} + n * 50, ${START} + n * 50 + 5,
    case n % 10 when 0 then 'session.busy' when 9 then 'session.idle' when 1 then 'session.message' else 'tool.execute.after' end,
    'filled', printf('ses_filled_%08d', session),
    printf('{"messageId":"msg_%d","callId":"call_%d","tool":"bash","status":"completed","title":"List the files","output":"%s"}', n, n, 'total 12 README.md package.json src test docs and a few more')
  from placed`;

const INSERT_SESSIONS = `
  with recursive rows(n) as (select 0 union all select n + 1 from rows where n + 1 < @sessions)
  insert into sessions (node_id, id, project, parent_id, title, status, status_reason, status_since, model, agent, cost_micro_usd,
    tokens, tokens_total, compactions, external, started_at, last_activity_at)
  select @node, printf('ses_filled_%08d', n), 'filled', null, printf('Session %d', n), 'idle', 'finished its turn', ${START},
    'scripted/scripted-model', null, n, '{"input":1,"output":1,"reasoning":0,"cacheRead":0,"cacheWrite":0}', 2, 0, 0, ${START}, @now - @sessions + n
  from rows`;

const MONTH_MS = 29 * 86_400_000;

const INSERT_ANSWERS = `
  with recursive rows(n) as (select 0 union all select n + 1 from rows where n + 1 < @answers)
  insert into messages (node_id, session_id, id, event_id, role, state, created_at, cost_micro_usd, tokens_total, copied, data)
  select @node, printf('ses_filled_%08d', n % @sessions), printf('msg_%d', n), n + 1, 'assistant', 'complete',
    @now - ${MONTH_MS} + n * ${MONTH_MS} / @answers, 1000, 2, 0,
    printf('{"messageId":"msg_%d","role":"assistant","state":"complete","text":"%s","cut":false,"tools":[],"costMicroUsd":1000,"tokens":{"input":1,"output":1,"reasoning":0,"cacheRead":0,"cacheWrite":0},"model":"scripted/model-%d","createdAt":1,"copied":false}', n, 'The tests pass now; one of them had waited for the wrong event.', n % 5)
  from rows`;

/** What the supervisor keeps of answers as they are told. */
const INSERT_SPENT = [
  `insert into spent_accounts (session_id, root_id, node_id, project, model, actor, kind, last_slot)
   select session_id, session_id, node_id, 'filled', data ->> 'model', 'somebody', 'opencode', cast(max(created_at) / 900000 as integer)
   from messages group by session_id, node_id, data ->> 'model'`,
  `insert into spent_shares
   select m.session_id, m.id, '', a.id, cast(m.created_at / 900000 as integer), m.cost_micro_usd * 1000, 1, 1, 0, 0, 0, 0
   from messages m join spent_accounts a on a.session_id = m.session_id and a.node_id = m.node_id and a.project = 'filled'
     and a.model = m.data ->> 'model' and a.actor = 'somebody' and a.kind = 'opencode'`,
  `insert into spent_quarters
   select slot, account, sum(cost_nano_usd), sum(input), sum(output), 0, 0, 0, 0 from spent_shares group by 1, 2`,
  `insert into spent_day_sums
   select q.slot / 96, a.project, a.model, a.node_id, a.actor, a.kind, sum(q.cost_nano_usd), sum(q.input), sum(q.output), 0, 0, 0, 0
   from spent_quarters q join spent_accounts a on a.id = q.account group by 1, 2, 3, 4, 5, 6`,
];
