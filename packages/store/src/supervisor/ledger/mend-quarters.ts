import type { Sqlite } from "../../file/sqlite.ts";
import { AMOUNT_SQL, MOST_OF_A_MESSAGE, MOST_OF_A_QUARTER } from "./amounts.ts";

interface Quarter {
  readonly slot: number;
  readonly account: number;
}

/** Adds up anew the quarters whose sums cannot be right, from what each message cost, and the days from their quarters. Returns how many there are. */
export function mendQuarters({ driver }: Sqlite, isDryRun: boolean): number {
  const isWrong = AMOUNT_SQL.map((name) => unless(name, MOST_OF_A_QUARTER)).join(" or ");
  const quarters = driver.prepare<[], Quarter>(`select slot, account from spent_quarters where ${isWrong}`).all();
  const days = driver.prepare<[], number>(`select distinct day from spent_day_sums where ${isWrong}`).pluck().all();
  if (!isDryRun && quarters.length > 0) mend(driver, quarters);
  const touched = new Set([
    ...days,
    ...quarters.filter(({ slot }) => slot >= 0).map(({ slot }) => Math.floor(slot / 96)),
  ]);
  if (!isDryRun) addUpDays(driver, [...touched]);
  return quarters.length + days.length;
}

function mend(driver: Sqlite["driver"], quarters: readonly Quarter[]): void {
  const sum = (name: string): string =>
    `${name} = (select cast(min(total(s.${name}), ${MOST_OF_A_QUARTER}) as integer) from spent_shares s
      where s.slot = @slot and s.account = @account and not (${unless(`s.${name}`, MOST_OF_A_MESSAGE)}))`;
  const put = driver.prepare<[Quarter]>(
    `update spent_quarters set ${AMOUNT_SQL.map(sum).join(", ")} where slot = @slot and account = @account`,
  );
  for (const quarter of quarters) put.run(quarter);
  // what did not count in its quarter must not be taken from it when the message is told again
  for (const name of AMOUNT_SQL)
    driver.prepare(`update spent_shares set ${name} = 0 where ${unless(name, MOST_OF_A_MESSAGE)}`).run();
}

function addUpDays(driver: Sqlite["driver"], days: readonly number[]): void {
  const forget = driver.prepare<[number]>("delete from spent_day_sums where day = ?");
  const sums = AMOUNT_SQL.map((name) => `cast(min(total(q.${name}), ${MOST_OF_A_QUARTER}) as integer)`);
  const put = driver.prepare<[number, number, number]>(
    `insert into spent_day_sums
     select ?, a.project, a.model, a.node_id, a.actor, a.kind, ${sums.join(", ")}
     from spent_quarters q cross join spent_accounts a on a.id = q.account
     where q.slot >= ? and q.slot < ? group by 2, 3, 4, 5, 6`,
  );
  for (const day of days) {
    forget.run(day);
    put.run(day, 96 * day, 96 * (day + 1));
  }
}

function unless(column: string, most: number): string {
  return `typeof(${column}) <> 'integer' or ${column} not between 0 and ${most}`;
}
