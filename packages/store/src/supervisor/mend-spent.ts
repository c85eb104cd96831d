import { MOST_COUNT } from "@hal/protocol";
import type { Sqlite } from "../sqlite.ts";

/** What no day can have cost: there were amounts in it that nobody can add up. */
const MOST_OF_A_DAY = 1_000 * MOST_COUNT;

interface Day {
  readonly day: number;
  readonly project: string;
  readonly model: string;
}

/** Adds up anew, from the messages that are kept, the days whose sums cannot be right. Returns how many there are. */
export function mendSpentDays({ driver }: Sqlite, isDryRun: boolean): number {
  const wrong = (column: string): string =>
    `typeof(${column}) <> 'integer' or ${column} not between -${MOST_OF_A_DAY} and ${MOST_OF_A_DAY}`;
  const found = driver
    .prepare<[], Day>(
      `select day, project, model from spent_days where ${wrong("cost_micro_usd")} or ${wrong("tokens")}`,
    )
    .all();
  if (isDryRun) return found.length;
  const sum = (column: string): string =>
    `(select cast(total(m.${column}) as integer) from messages m join sessions s on s.node_id = m.node_id and s.id = m.session_id
      where m.role = 'assistant' and not m.copied and m.${column} between 0 and ${MOST_COUNT} and s.project = @project
      and m.created_at / 86400000 = @day and iif(json_valid(m.data), coalesce(m.data ->> 'model', ''), '') = @model)`;
  const put = driver.prepare<[Day]>(
    `update spent_days set cost_micro_usd = ${sum("cost_micro_usd")}, tokens = ${sum("tokens_total")}
     where day = @day and project = @project and model = @model`,
  );
  for (const day of found) put.run(day);
  return found.length;
}
