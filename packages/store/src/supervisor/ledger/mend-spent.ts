import { MOST_COUNT } from "@hal/protocol";
import { notBetween } from "drizzle-orm";
import type { Sqlite } from "../../file/sqlite.ts";
import { spentMessages } from "./schema.ts";

/** What no day can have cost: there were amounts in it that nobody can add up. */
const MOST_OF_A_DAY = 1_000 * MOST_COUNT;

interface Day {
  readonly day: number;
  readonly project: string;
  readonly model: string;
}

/** Adds up anew, from what each message cost, the days whose sums cannot be right. Returns how many there are. */
export function mendSpentDays({ driver, orm }: Sqlite, isDryRun: boolean): number {
  const wrong = (column: string): string =>
    `typeof(${column}) <> 'integer' or ${column} not between -${MOST_OF_A_DAY} and ${MOST_OF_A_DAY}`;
  const found = driver
    .prepare<[], Day>(
      `select day, project, model from spent_days where ${wrong("cost_micro_usd")} or ${wrong("tokens")}`,
    )
    .all();
  if (isDryRun) return found.length;
  const sum = (column: string): string =>
    `(select cast(total(m.${column}) as integer) from spent_messages m
      where m.${column} between 0 and ${MOST_COUNT} and m.day = @day and m.project = @project and m.model = @model)`;
  const put = driver.prepare<[Day]>(
    `update spent_days set cost_micro_usd = ${sum("cost_micro_usd")}, tokens = ${sum("tokens")}
     where day = @day and project = @project and model = @model`,
  );
  for (const day of found) put.run(day);
  // what did not count in its day must not be taken from it when the message is told again
  if (found.length > 0)
    for (const column of ["costMicroUsd", "tokens"] as const)
      orm
        .update(spentMessages)
        .set({ [column]: 0 })
        .where(notBetween(spentMessages[column], 0, MOST_COUNT))
        .run();
  return found.length;
}
