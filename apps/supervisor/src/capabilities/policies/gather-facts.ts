import { type ProjectReport, RESTART_FEATURE } from "@hal/protocol";
import { budgetStopOf, policyFacts, policySession, type PolicySessionRow } from "@hal/store/supervisor";
import { holdText } from "@hal/words";
import { toldHealth } from "../health/describe-health.ts";
import { marksOf } from "../health/domain/marks.ts";
import { featuresOf, type KnownNode } from "../nodes/node-statuses.ts";
import { sessionStatus } from "../sessions/views.ts";
import type { LookContext } from "./context.ts";
import { inherited, type PolicyState, readPolicyState } from "./domain/policy-state.ts";
import type { SessionFacts } from "./domain/session-facts.ts";

/** All that policies decide by of one session, as it is now; undefined where it is not known any more. */
export function gatherFacts(
  context: LookContext,
  row: PolicySessionRow,
  node: Pick<KnownNode, "row" | "status"> | undefined,
): SessionFacts | undefined {
  const { nodeId, sessionId } = row;
  const stored = policyFacts(context.store, nodeId, sessionId);
  if (stored === undefined) return undefined;
  const { session, prompted, open, completed } = stored;
  const now = context.clock.now();
  const { status } =
    node === undefined
      ? { status: "unreachable" as const }
      : sessionStatus(session, {
          node: node.status,
          projects: node.row.projects as ProjectReport[],
          open,
          now,
        });
  const isConnected = context.links.get(nodeId) !== undefined;
  const told = toldHealth(stored.health);
  const marks = marksOf(told, { status, now, limits: context.healthLimits() });
  const isStopped = row.stoppedAt !== null && (prompted === undefined || row.stoppedAt >= prompted.at);
  const [hold] = context.held.refusing(nodeId, session.project);
  return {
    project: session.project,
    continues: session.continues,
    status: isConnected || status === "ended" ? status : "unreachable",
    since: row.since,
    isRoot: session.parentId === null,
    isExternal: session.external,
    episode: prompted?.id,
    stopped: isStopped ? { by: row.stoppedBy ?? budgetThatStopped(context, row) } : undefined,
    completed: completed !== undefined && (prompted?.at ?? 0) <= completed.upTo ? completed : undefined,
    isInterrupted: session.status === "error" && session.turn === "interrupted",
    limit: row.limitUntil === null ? undefined : { until: row.limitUntil, message: row.limitMessage ?? "" },
    isAttached: context.live.isWatched(nodeId, sessionId),
    pause: context.pauses.of(session, now),
    held: hold === undefined ? undefined : heldText(hold),
    overBudget: context.beginGate.refusal({ nodeId, project: session.project, sessionId })?.message,
    pending: stored.pending,
    isComing: stored.isComing,
    isRestarting: stored.isRestarting,
    canRestart: node !== undefined && featuresOf(context, node.row).includes(RESTART_FEATURE),
    contextTokens: told?.data.context?.tokens,
    compactions: session.compactions,
    stuck: marks.find(({ mark }) => mark === "stuck"),
    looping: marks.find(({ mark }) => mark === "looping"),
    quietSince: told?.quietSince ?? undefined,
  };
}

/** A budget for which its agent stopped it, as who did. */
function budgetThatStopped({ store }: LookContext, { nodeId, sessionId }: PolicySessionRow): string | undefined {
  const stop = budgetStopOf(store, nodeId, sessionId);
  return stop === undefined || stop.critical ? undefined : `the budget of ${stop.budget}`;
}

/** What policies remember of a session, or of the one that it goes on from. */
export function memoryOf(
  { store }: Pick<LookContext, "store">,
  row: PolicySessionRow,
  continues: string | null,
): PolicyState {
  const earlier = continues === null ? undefined : policySession(store, row.nodeId, continues);
  return inherited(readPolicyState(row.state), earlier && readPolicyState(earlier.state));
}

/** What holds a place, as a reason. */
export function heldText({
  nodeId,
  project,
  createdBy,
}: {
  readonly nodeId: string | null;
  readonly project: string | null;
  readonly createdBy: string;
}): string {
  return `${holdText({ node: nodeId, project, by: createdBy })}, and nothing begins there until that is released`;
}
