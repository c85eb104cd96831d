import type { EventData } from "@hal/protocol";
import { prepared } from "../../prepared.ts";
import { foldOf } from "../fold.ts";
import type { WriterDatabase } from "../writer-database.ts";

/** Which root sessions were stopped for a budget: until another turn begins, or the session ends. */
export const budgetsFold = foldOf({
  name: "budgets",
  events: ["budget.stopped", "session.busy", "session.ended"],
  fold(tx, { event }) {
    const { session, type, at } = event;
    if (session === undefined) return;
    if (type === "budget.stopped") {
      const { budgetId, budget, reason, critical }: EventData<"budget.stopped"> = event.data;
      statements(tx.db).keep.run(tx.nodeId, session, budgetId, budget, reason, critical === true ? 1 : 0, at);
    } else statements(tx.db).forget.run(tx.nodeId, session);
  },
});

const statements = prepared(({ sqlite: { driver } }: WriterDatabase) => ({
  keep: driver.prepare<[string, string, string, string, string, number, number]>(
    `insert into budget_stops (node_id, session_id, budget_id, budget, reason, critical, at) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (node_id, session_id) do update set budget_id = excluded.budget_id, budget = excluded.budget,
       reason = excluded.reason, critical = excluded.critical, at = excluded.at`,
  ),
  forget: driver.prepare<[string, string]>(`delete from budget_stops where node_id = ? and session_id = ?`),
}));
