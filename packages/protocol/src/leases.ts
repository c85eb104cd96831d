import * as v from "valibot";
import { Count, lenient, list, MicroUsd, Size, Text, Word } from "./bounds.ts";
import { SessionId } from "./ids.ts";
import { ModelPrice } from "./prices.ts";

/** So many leases a node has at most; all of them fit into a frame. */
export const MOST_LEASES = 1_000;
/** So many projects and sessions a node's counters are told of at most. */
export const MOST_COUNTED = 2_000;

/** What a lease is about: all of a node, a project on it, one root session with all below it, or each one that has no lease of its own. */
export const LeaseScope = v.variant("kind", [
  v.object({ kind: v.literal("node") }),
  v.object({ kind: v.literal("project"), project: Word }),
  v.object({ kind: v.literal("session"), session: SessionId }),
  v.object({ kind: v.literal("each_session") }),
]);
export type LeaseScope = v.InferOutput<typeof LeaseScope>;

/** How far one counter of a node may rise for one budget, until the supervisor says otherwise. */
export const Lease = v.object({
  budgetId: Word,
  /** the budget in words, such as `the fleet: $50.00 a day` */
  budget: Text,
  scope: LeaseScope,
  /** what is done where the counter has come so far: nothing begins any more, or what runs is stopped, too */
  action: v.picklist(["refuse", "stop"]),
  /** the counter of `scope`, not what is left */
  ceilingMicroUsd: MicroUsd,
});
export type Lease = v.InferOutput<typeof Lease>;

/** What a node may spend, all of it each time. Protocol §5.23. */
export const LeaseBrief = v.object({
  /** counts up with each that is said to a node */
  version: Count,
  /** the life of the node's counters that the ceilings are of; with another one nothing may begin */
  counters: Word,
  /** for how long from when it is received; a node that has not heard a newer one by then begins nothing */
  validMs: Size,
  leases: list(Lease, MOST_LEASES),
  /** why nothing may begin at all, such as that the budgets cannot be read */
  refusal: lenient(Text),
  /** what models cost where opencode does not know it */
  prices: lenient(list(ModelPrice, 1_000)),
});
export type LeaseBrief = v.InferOutput<typeof LeaseBrief>;
