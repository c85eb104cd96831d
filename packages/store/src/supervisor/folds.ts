import type { EventType } from "@hal/protocol";
import { budgetsFold } from "./budgets/fold.ts";
import { commandsFold } from "./commands/fold.ts";
import type { Applied, Fold } from "./fold.ts";
import { healthFold } from "./health/fold.ts";
import { interactionsFold } from "./interactions/fold.ts";
import { ledgerFold } from "./ledger/fold.ts";
import { nodesFold } from "./nodes/fold.ts";
import { policiesFold } from "./policies/fold.ts";
import { projectsFold } from "./projects/fold.ts";
import { promptsFold } from "./prompts/fold.ts";
import { messagesFold } from "./sessions/fold-messages.ts";
import { worktreesFold } from "./sessions/fold-worktrees.ts";
import { sessionsFold } from "./sessions/fold.ts";
import type { Tx } from "./tx.ts";

/** Every fold, in this order for each event: one that stands on what another one changes comes behind it. */
const FOLDS = [
  nodesFold,
  commandsFold,
  sessionsFold,
  worktreesFold,
  messagesFold,
  healthFold,
  interactionsFold,
  promptsFold,
  projectsFold,
  policiesFold,
  ledgerFold,
  budgetsFold,
] as const;

type Folded = (typeof FOLDS)[number]["events"][number];

/** What is in the log alone. A new event type is folded, or stands here, or nothing compiles. */
const FOLDED_BY_NONE = [
  "command.queued",
  "command.expired",
  "prompt.queued",
  "prompt.changed",
  "prompt.sent",
  "prompt.cancelled",
  "prompt.refused",
  "prompt.stalled",
  "prompt.begun",
  "node.online",
  "node.offline",
  "node.removed",
  "hold.began",
  "hold.released",
  "project.not_started",
  "policy.acted",
  "policy.alerted",
  "policy.gave_up",
  "policy.skipped",
  "policy.paused",
  "policy.resumed",
  "schedule.started",
  "schedule.not_started",
  "channel.stopped",
  "channel.resumed",
  "budget.warned",
  "budget.reached",
  "budget.reopened",
  "budget.changed",
  "cost.provider_failing",
  "cost.provider_working",
  "cost.drifted",
  "cost.reported",
  "opencode.up",
  "opencode.down",
  "opencode.recycled",
  "gap",
  "event.invalid",
  "budget.warned",
  "budget.reached",
  "budget.reopened",
  "budget.changed",
  "cost.provider_failing",
  "cost.provider_working",
  "cost.drifted",
  "cost.reported",
] as const satisfies readonly Exclude<EventType, Folded>[];
true satisfies [Exclude<EventType, Folded | (typeof FOLDED_BY_NONE)[number]>] extends [never] ? true : never;

const BY_TYPE = new Map<EventType, Fold[]>();
for (const fold of FOLDS as readonly Fold[])
  for (const type of fold.events) BY_TYPE.set(type, [...(BY_TYPE.get(type) ?? []), fold]);

/** Brings everything up to an event that was just appended. */
export function foldEvent(tx: Tx, applied: Applied): void {
  for (const fold of BY_TYPE.get(applied.event.type) ?? []) fold.fold(tx, applied);
}

/** What the folds tell whoever sent the frame, each under names of its own. */
export type Told = Both<
  (typeof FOLDS)[number] extends infer F ? (F extends Fold<infer _, infer T> ? T : never) : never
>;

type Both<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer All) => void ? All : never;

export function toldBy(tx: Tx): Told {
  return Object.assign({}, ...(FOLDS as readonly Fold[]).map((fold) => fold.told?.(tx))) as Told;
}
