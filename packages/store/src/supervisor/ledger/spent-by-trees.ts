import { sql } from "drizzle-orm";
import { addedUp } from "../added-up.ts";
import type { SessionRow } from "../sessions/schema.ts";
import type { SupervisorStore } from "../store.ts";
import { dayOf } from "./questions.ts";

/** What sessions and everything below each of them spent on the day in UTC of a time, in micro-dollars, by `<node>/<id>`. */
export async function spentByTrees(
  store: SupervisorStore,
  roots: readonly Pick<SessionRow, "nodeId" | "id">[],
  at: number,
): Promise<ReadonlyMap<string, number>> {
  const wanted = JSON.stringify(roots.map(({ nodeId, id }) => [nodeId, id]));
  const rows = store.sqlite.orm.all<{ root: string; total: number }>(sql`
    with recursive tree(node, root, id) as (
      select value ->> 0, value ->> 1, value ->> 1 from json_each(${wanted})
      union select t.node, t.root, s.id from tree t cross join sessions s on s.node_id = t.node and s.parent_id = t.id
    )
    select t.node || '/' || t.root as root, ${addedUp(sql`m.cost_micro_usd`)} as total
    from tree t cross join spent_messages m on m.session_id = t.id where m.day = ${dayOf(at)} group by 1`);
  return new Map(rows.map(({ root, total }) => [root, total]));
}
