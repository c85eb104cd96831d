import {
  POLICIES,
  POLICY_OUTCOMES,
  type PoliciesView,
  type PolicyDecisionView,
  type PolicyPauseView,
} from "@hal/protocol";
import { type EventRow, listEvents, type PolicyPauseRow } from "@hal/store/supervisor";
import { time } from "../../domain/time.ts";
import { nodeNamer, nodeStatuses } from "../nodes/node-statuses.ts";
import type { LookContext } from "./context.ts";
import { quietUntil } from "./domain/quiet-hours.ts";
import { scopeOf } from "./pause-book.ts";

/** Pauses as people see them. */
export async function pauseViews(context: LookContext, rows: readonly PolicyPauseRow[]): Promise<PolicyPauseView[]> {
  const nameNode = nodeNamer(await nodeStatuses(context));
  return rows.map((row) => ({
    id: row.id,
    scope: row.kind === "node" ? `node:${nameNode(row.nodeId ?? "")}` : scopeOf(row),
    since: time(row.createdAt),
    by: row.createdBy,
    reason: row.reason,
    until: row.until === null ? null : time(row.until),
  }));
}

/** All of what happens without a person: as it is configured, what pauses it, and what it came to last. */
export async function policiesView(context: LookContext, limit: number): Promise<PoliciesView> {
  const settings = context.policySettings();
  const now = context.clock.now();
  const decisions = await decisionsOf(context, limit);
  const { quiet_hours: hours } = settings;
  const over = quietUntil(hours, now);
  return {
    policies: POLICIES.map((name) => {
      const { enabled, ...rest } = settings[name];
      return {
        name,
        enabled,
        settings: withoutGaps(rest),
        last: decisions.find(({ policy }) => policy === name) ?? null,
      };
    }),
    quiet_hours:
      hours === undefined
        ? null
        : {
            from: hours.from,
            to: hours.to,
            time_zone: hours.time_zone,
            until: over === undefined ? null : time(over),
          },
    pauses: await pauseViews(context, context.pauses.standing(now)),
    decisions,
  };
}

/** What policies came to, newest first. */
async function decisionsOf(context: LookContext, limit: number): Promise<PolicyDecisionView[]> {
  const found = await Promise.all(
    POLICY_OUTCOMES.map((outcome) => listEvents(context.store, { type: `policy.${outcome}`, limit })),
  );
  return found
    .flat()
    .toSorted((one, other) => other.id - one.id)
    .slice(0, limit)
    .map(decisionView);
}

/** What a policy came to, from what was told of it. */
export function decisionView({ type, at, sessionId, project, nodeId, content }: EventRow): PolicyDecisionView {
  const said = { ...(content as Readonly<Record<string, unknown>> | null) };
  const outcome = POLICY_OUTCOMES.find((one) => type === `policy.${one}`) ?? "skipped";
  return {
    at: time(at),
    policy: textOf(said["policy"]),
    outcome,
    reason: textOf(said["reason"]),
    session_id: sessionId,
    project,
    node_id: nodeId,
    command_id: typeof said["commandId"] === "string" ? said["commandId"] : null,
  };
}

function textOf(said: unknown): string {
  return typeof said === "string" ? said : "";
}

/** Settings that have a value. */
function withoutGaps(given: Readonly<Record<string, string | number | undefined>>): Record<string, string | number> {
  const all = Object.entries(given).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  return Object.fromEntries(all);
}
