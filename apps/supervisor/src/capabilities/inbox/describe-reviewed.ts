import { type ProjectReport, type ReviewedSession, type Tier, usd } from "@hal/protocol";
import { openInteractionsOn, type SessionRow, sessionsByKey } from "@hal/store/supervisor";
import { withProblem } from "../../operations/row-problem.ts";
import { sessionStatus } from "../sessions/views.ts";
import type { Context } from "./context.ts";
import type { SessionTally } from "./domain/review-tally.ts";
import type { OwnInbox } from "./read-inbox.ts";
import { keyOf } from "./standing-sessions.ts";

/** So many files of a session are named. */
const MOST_FILES = 20;

/** What finished is read first, and what somebody has to do something about is in the list of what waits, too. */
const ORDER: readonly (Tier | null)[] = ["finished", "failed", "blocked", "stuck", null];

/** Root sessions as they are now, with what they did; one that is not known any more is left out. */
export async function describeReviewed(
  context: Context,
  reviewed: readonly SessionTally[],
  { items, nodes }: OwnInbox,
): Promise<ReviewedSession[]> {
  const { store, clock } = context;
  const now = clock.now();
  const rows = sessionsByKey(store, reviewed);
  const tiers = new Map(items.map(({ item }) => [keyOf(item.nodeId, item.rootSessionId), item.tier]));
  const nodeIds = [...new Set(reviewed.map(({ nodeId }) => nodeId))];
  const open = Map.groupBy(await openInteractionsOn(store, nodeIds), ({ nodeId, rootSessionId }) =>
    keyOf(nodeId, rootSessionId),
  );
  return reviewed
    .flatMap((one) => {
      const key = keyOf(one.nodeId, one.id);
      const row = rows.get(key);
      if (row === undefined) return [];
      const node = nodes.get(one.nodeId);
      const { status, reason } = sessionStatus(row, {
        node: node?.status ?? { status: "offline", reason: "offline: not known" },
        projects: (node?.row.projects ?? []) as ProjectReport[],
        open: open.get(key) ?? [],
        now,
      });
      return [{ view: viewOf(one, row, { status, reason, tier: tiers.get(key) ?? null, node: node?.row.name }), row }];
    })
    .toSorted(
      (one, other) =>
        ORDER.indexOf(one.view.tier) - ORDER.indexOf(other.view.tier) ||
        other.row.lastActivityAt - one.row.lastActivityAt,
    )
    .map(({ view }) => view);
}

function viewOf(
  { nodeId, id, costMicroUsd, tokens, answers, files }: SessionTally,
  row: SessionRow,
  { node, ...how }: Pick<ReviewedSession, "status" | "reason" | "tier"> & { readonly node: string | undefined },
): ReviewedSession {
  const named = [...files].toSorted();
  return {
    session_id: id,
    project: row.project,
    node: node ?? nodeId,
    node_id: nodeId,
    title: row.title,
    status: how.status,
    reason: withProblem(row, how.reason),
    tier: how.tier,
    continued_by: row.continuedBy,
    cost: usd(costMicroUsd),
    tokens,
    answers,
    files: named.slice(0, MOST_FILES),
    more_files: Math.max(0, named.length - MOST_FILES),
  };
}
