import { StandingRule } from "@hal/protocol";
import { asc } from "drizzle-orm";
import * as v from "valibot";
import { inTransaction } from "../file/sqlite.ts";
import type { AgentStore } from "./open.ts";
import { readableJson } from "./readable-json.ts";
import { rules } from "./schema.ts";

/** The standing rules, as they were said; what cannot be read counts as none, and answers nothing. */
export async function keptRules(store: AgentStore): Promise<StandingRule[]> {
  const rows = store.sqlite.orm.select().from(rules).orderBy(asc(rules.place)).all();
  return rows.flatMap(({ rule }) => {
    const parsed = v.safeParse(StandingRule, readableJson(rule));
    return parsed.success ? [parsed.output] : [];
  });
}

/** From now on these hold, and no others. */
export async function keepRules(store: AgentStore, kept: readonly StandingRule[]): Promise<void> {
  inTransaction(store, () => {
    store.sqlite.orm.delete(rules).run();
    for (const [place, rule] of kept.entries())
      store.sqlite.orm
        .insert(rules)
        .values({ place, rule: JSON.stringify(rule) })
        .run();
  });
}
