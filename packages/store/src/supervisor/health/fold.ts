import { foldOf } from "../fold.ts";
import { rowStatements } from "../row-statements.ts";
import { rowsOf } from "../rows.ts";
import { type HealthRow, sessionHealth } from "./schema.ts";

/** By node and session. */
const healthRows = rowsOf(
  rowStatements<HealthRow>(sessionHealth, [sessionHealth.nodeId, sessionHealth.sessionId]),
  "sessionHealth",
);

/** How a session gets on: the latest takes the place of what was told before. */
export const healthFold = foldOf({
  name: "health",
  events: ["session.health"],
  fold(tx, { event: { session: sessionId, at, data } }) {
    if (sessionId === undefined) return;
    const { nodeId, receivedAt } = tx;
    const ours = (theirs: number | undefined): number | null =>
      theirs === undefined ? null : sinceHere(theirs, { at, receivedAt });
    tx.of(healthRows).put({
      nodeId,
      sessionId,
      quietSince: ours(data.quietSince),
      loopSince: ours(data.loop?.since),
      data,
    });
  },
});

/**
 * Since when something is so, on the supervisor's clock: it had been so for a time when it was told, by the node's clock alone. A
 * clock that differs, or a telling that came late, makes it no older than it is. Pure.
 */
export function sinceHere(since: number, told: { readonly at: number; readonly receivedAt: number }): number {
  return Math.max(0, told.receivedAt - Math.max(0, told.at - since));
}
