import { type Tier, TIERS } from "@hal/protocol";

export interface Placed {
  readonly tier: Tier;
  readonly since: number;
  readonly nodeId: string;
  readonly id: string;
}

/** What needs somebody most comes first; then what waits longest, and of what is finished the newest. Pure. */
export function inOrder<One extends Placed>(items: readonly One[]): One[] {
  return items.toSorted(
    (one, other) =>
      TIERS.indexOf(one.tier) - TIERS.indexOf(other.tier) ||
      (one.tier === "finished" ? other.since - one.since : one.since - other.since) ||
      compare(one.id, other.id) ||
      compare(one.nodeId, other.nodeId),
  );
}

/** How many there are in each tier. Pure. */
export function countByTier(items: readonly Pick<Placed, "tier">[]): Record<Tier, number> {
  const counts = { blocked: 0, failed: 0, stuck: 0, finished: 0 };
  for (const { tier } of items) counts[tier] += 1;
  return counts;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
