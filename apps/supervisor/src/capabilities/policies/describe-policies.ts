import { type NodeRow, policySession, type PolicySessionRow, type SessionRow } from "@hal/store/supervisor";
import { statusOf } from "../nodes/node-statuses.ts";
import type { LookContext } from "./context.ts";
import { decide } from "./domain/decide.ts";
import { readPolicyState } from "./domain/policy-state.ts";
import { gatherFacts, memoryOf } from "./gather-facts.ts";

/** What there is to say of policies in a session: at what one is now, or what it came to last. */
export interface PolicyStanding {
  readonly policy: string;
  readonly text: string;
  /** when it came to that; null of what is so now */
  readonly at: number | null;
  /** a person has to look */
  readonly isProblem: boolean;
}

/** How policies stand towards a session now, and what each came to last. Nothing is done, and nothing is kept. */
export function policiesOn(context: LookContext, session: SessionRow, node: NodeRow): PolicyStanding[] {
  const row = policySession(context.store, session.nodeId, session.id);
  const facts = row && gatherFacts(context, row, { row: node, status: statusOf(context, node) });
  if (row === undefined || facts === undefined) return [];
  const { standing } = decide(
    facts,
    memoryOf(context, row, facts.continues),
    context.policySettings(),
    context.clock.now(),
  );
  return [...standing.map((one) => ({ ...one, at: null, isProblem: false })), ...lastOf(row)];
}

function lastOf({ state }: PolicySessionRow): PolicyStanding[] {
  return Object.entries(readPolicyState(state).policies).flatMap(([policy, { last }]) => {
    if (last === null) return [];
    const { outcome, reason, at } = last;
    const isProblem = outcome === "gave_up" || outcome === "alerted";
    return [{ policy, text: `${WORDS[outcome]}: ${reason}`, at, isProblem }];
  });
}

const WORDS = { acted: "acted", alerted: "told a person", gave_up: "gave up", skipped: "did nothing" } as const;
