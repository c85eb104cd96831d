import { HalError, type KeptHoldView, LIMITS } from "@hal/protocol";
import { newUuid } from "@hal/daemon";
import { addHold } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { briefHolds } from "../nodes/brief-holds.ts";
import type { Caller } from "../../operations/handler.ts";
import { idempotencyOf, keyWasUsed } from "../../operations/idempotency.ts";
import { keptHoldViews } from "../nodes/hold-views.ts";

/** What is to be held: everything, or what is on one node or in one project. */
export interface HoldScope {
  readonly nodeId: string | undefined;
  readonly project: string | undefined;
}

/**
 * Holds, and has each agent told before anything else is asked of it. Returns the hold's id; where the same is held already, or
 * the caller's key stands for a hold, that one's.
 */
export async function hold(context: Context, caller: Caller, { nodeId, project }: HoldScope): Promise<string> {
  const { store, clock, held, log } = context;
  const row = {
    id: `hold_${newUuid()}`,
    nodeId: nodeId ?? null,
    project: project ?? null,
    createdAt: clock.now(),
    createdBy: caller.actor,
    releasedAt: null,
    releasedBy: null,
    releaseId: null,
  };
  using _ = held.expect(row);
  const added = await addHold(store, row, idempotencyOf(caller));
  if (added.kind === "conflict") throw keyWasUsed();
  if (added.kind === "full")
    throw new HalError(
      "rate_limited",
      `${LIMITS.projectHolds} projects are held there already: release some, or hold all of it: halctl holds list`,
    );
  await held.refresh();
  briefHolds(context);
  const { id } = added.hold;
  if (added.kind === "new") log.warn({ hold: id, node: nodeId, project, actor: caller.actor }, "held: nothing begins");
  return id;
}

/** A hold that was made, as it is now: none where somebody has released it. */
export function heldNow(context: Context, id: string): Promise<KeptHoldView[]> {
  return keptHoldViews(
    context,
    context.held.standing.filter((one) => one.id === id),
  );
}
