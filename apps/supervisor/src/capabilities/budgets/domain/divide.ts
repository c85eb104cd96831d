/** Nodes at rest keep so much of what is left together, so that what begins there by itself is not stopped at once. */
const RESTING_SHARE = 0.1;
/** A node at rest keeps nothing that is less than this. */
const LEAST_RESTING_MICRO_USD = 1_000;
/** A ceiling is raised where it comes to so much more, and lowered where to so much less: each is a message, and an answer to it. */
const RAISED_FROM = 1.5;
const LOWERED_FROM = 0.75;
/** A raise that comes to less than that is not worth its message. */
const LEAST_RAISE = 1.25;

/** A node that shares a budget. All sums are beyond what the ledger has of it in the span. */
export interface Sharer {
  readonly id: string;
  /** what it may still spend at most, whichever of its ceilings counts there; Infinity where that is not known */
  readonly owed: number;
  /** what it may spend by the newest ceiling that it was told; undefined where it was told none */
  readonly held: number | undefined;
  /** whether it can be told another ceiling now */
  readonly canChange: boolean;
  /** how much is at work there; 0 at rest */
  readonly weight: number;
}

/** How what is left of a budget is divided. */
export interface Division {
  /** what each node that can be told is to have; where it is what it holds, nothing is to be told */
  readonly shares: ReadonlyMap<string, number>;
  /** what no node may spend; below 0 where more is owed than there is */
  readonly free: number;
  /** what could be given to nodes that can be told, with what would have to be taken back for it */
  readonly pool: number;
}

/**
 * Divides what a budget has left among the nodes that share it. What is given beyond what a node may spend already is never more than
 * what is free: a ceiling that is lowered frees its difference only once its node has said so.
 */
export function divide(left: number, sharers: readonly Sharer[]): Division {
  const isDoubted = sharers.some(({ owed }) => owed === Infinity);
  const changing = sharers.filter(({ canChange }) => canChange);
  if (isDoubted) return { shares: new Map(changing.map((sharer) => [sharer.id, keptOf(sharer)])), free: 0, pool: 0 };
  const free = left - total(sharers.map(({ owed }) => owed));
  const pool = Math.max(0, left - total(sharers.filter(({ canChange }) => !canChange).map(({ owed }) => owed)));
  const fair = fairShares(pool, changing);
  const raised = changing.filter((sharer) => isRaise(sharer, fairOf(fair, sharer)));
  const cost = total(raised.map((sharer) => Math.max(0, fairOf(fair, sharer) - sharer.owed)));
  // where there is not enough, everybody gives what is above the fair share
  const isShort = cost > free;
  const lowered = changing.filter(({ held, ...sharer }) => {
    const share = fairOf(fair, sharer);
    return held !== undefined && share < held && (isShort || share < held * LOWERED_FROM);
  });
  const shares = new Map(changing.map(({ id, held }) => [id, held ?? 0]));
  for (const sharer of lowered) shares.set(sharer.id, fairOf(fair, sharer));
  let available = Math.max(0, free);
  for (const sharer of raised.toSorted((one, other) => (one.held ?? 0) - (other.held ?? 0))) {
    const share = fairOf(fair, sharer);
    const given = Math.min(share, sharer.owed + available);
    if (sharer.held !== undefined && given < Math.max(sharer.held * LEAST_RAISE, sharer.held + 1)) continue;
    available -= Math.max(0, given - sharer.owed);
    shares.set(sharer.id, given);
  }
  return { shares, free, pool };
}

/** While it is not known what one node may spend, nobody is given anything, and only that one has what it holds taken back. */
function keptOf({ owed, held = 0 }: Sharer): number {
  return owed === Infinity ? 0 : held;
}

function isRaise({ held }: Sharer, fair: number): boolean {
  return held === undefined || (fair > held && (held <= 0 || fair > held * RAISED_FROM));
}

/** What each is to have: those at work share by how much is at work there, those at rest keep a little. */
function fairShares(pool: number, changing: readonly Sharer[]): ReadonlyMap<string, number> {
  const resting = changing.filter(({ weight }) => weight === 0);
  const working = changing.filter(({ weight }) => weight > 0);
  const kept = Math.floor((pool * RESTING_SHARE) / Math.max(1, resting.length));
  const each = kept < LEAST_RESTING_MICRO_USD ? 0 : kept;
  const rest = pool - each * resting.length;
  const weights = total(working.map(({ weight }) => weight));
  return new Map([
    ...resting.map(({ id }) => [id, each] as const),
    ...working.map(({ id, weight }) => [id, Math.floor((rest * weight) / weights)] as const),
  ]);
}

function fairOf(fair: ReadonlyMap<string, number>, { id }: Pick<Sharer, "id">): number {
  return fair.get(id) ?? 0;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
