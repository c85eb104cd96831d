import type { Sqlite } from "../../file/sqlite.ts";
import { AMOUNT_SQL, MOST_OF_A_MESSAGE, MOST_OF_A_QUARTER } from "./amounts.ts";

interface Quarter {
  readonly slot: number;
  readonly account: number;
}

/** Adds up anew, from what each message cost, the quarters whose sums cannot be right. Returns how many there are. */
export function mendQuarters({ driver }: Sqlite, isDryRun: boolean): number {
  const wrong = AMOUNT_SQL.map((name) => unless(name, MOST_OF_A_QUARTER)).join(" or ");
  const found = driver.prepare<[], Quarter>(`select slot, account from spent_quarters where ${wrong}`).all();
  if (isDryRun || found.length === 0) return found.length;
  const sum = (name: string): string =>
    `${name} = (select cast(min(total(s.${name}), ${MOST_OF_A_QUARTER}) as integer) from spent_shares s
      where s.slot = @slot and s.account = @account and not (${unless(`s.${name}`, MOST_OF_A_MESSAGE)}))`;
  const put = driver.prepare<[Quarter]>(
    `update spent_quarters set ${AMOUNT_SQL.map(sum).join(", ")} where slot = @slot and account = @account`,
  );
  for (const quarter of found) put.run(quarter);
  // what did not count in its quarter must not be taken from it when the message is told again
  for (const name of AMOUNT_SQL)
    driver.prepare(`update spent_shares set ${name} = 0 where ${unless(name, MOST_OF_A_MESSAGE)}`).run();
  return found.length;
}

function unless(column: string, most: number): string {
  return `typeof(${column}) <> 'integer' or ${column} not between 0 and ${most}`;
}
