import { LIMITS } from "@hal/protocol";
import type { Difference } from "./told-differences.ts";

/** A difference, and since when it is known. */
export interface KnownDifference extends Difference {
  readonly since: number;
}

/** What one comparison changed. */
export interface Compared {
  readonly fresh: readonly Difference[];
  /** sessions of which both sides say the same again */
  readonly gone: readonly string[];
  /** those that the agent is to tell once more now */
  readonly retell: readonly Difference[];
}

export interface Moment {
  /** milliseconds since 1970 */
  readonly now: number;
  readonly monotonicMs: number;
}

/** So long after an agent was asked to tell a session once more it is asked again: longer each time, where that mends nothing. */
const FIRST_WAIT_MS = 10 * 60_000;
const MOST_WAIT_MS = 24 * 3_600_000;

/** So many of one node are remembered; when they are mended, others take their place. */
const MOST = LIMITS.retoldSessions;

interface Kept extends KnownDifference {
  readonly retellAt: number;
  readonly waitMs: number;
}

/** Where the log and what agents told differ, by node: each is news once, and asked for seldom where that mends nothing. */
export class Differences {
  readonly #nodes = new Map<string, ReadonlyMap<string, Kept>>();

  /** Takes what a comparison found of a node, which is all that there is. */
  update(nodeId: string, found: readonly Difference[], moment: Moment): Compared {
    const before = this.#nodes.get(nodeId) ?? new Map<string, Kept>();
    const after = new Map<string, Kept>();
    const retell: Difference[] = [];
    for (const difference of found.slice(0, MOST)) {
      const known = before.get(difference.sessionId);
      const isDue = known === undefined || moment.monotonicMs >= known.retellAt;
      if (isDue) retell.push(difference);
      after.set(difference.sessionId, isDue ? asked(difference, known, moment) : { ...known, ...difference });
    }
    if (after.size === 0) this.#nodes.delete(nodeId);
    else this.#nodes.set(nodeId, after);
    return {
      fresh: [...after.values()].filter(({ sessionId, text }) => before.get(sessionId)?.text !== text),
      gone: [...before.keys()].filter((id) => !found.some(({ sessionId }) => sessionId === id)),
      retell,
    };
  }

  of(nodeId: string): readonly KnownDifference[] {
    return [...(this.#nodes.get(nodeId)?.values() ?? [])];
  }

  /** The node is not there any more. */
  forget(nodeId: string): void {
    this.#nodes.delete(nodeId);
  }

  get count(): number {
    return [...this.#nodes.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

function asked(difference: Difference, known: Kept | undefined, { now, monotonicMs }: Moment): Kept {
  const waitMs = known === undefined ? FIRST_WAIT_MS : Math.min(2 * known.waitMs, MOST_WAIT_MS);
  return { ...difference, since: known?.since ?? now, retellAt: monotonicMs + waitMs, waitMs };
}
