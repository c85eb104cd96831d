/** Somebody who meant to be an agent, and was not let in. */
export interface AgentRefusal {
  readonly address: string | undefined;
  /** undefined where it did not come so far as to say */
  readonly nodeId: string | undefined;
  /** status of HTTP, or close code of the link */
  readonly code: number;
  readonly reason: string;
}

/** The same, with how often and when it came last. */
export interface CountedRefusal extends AgentRefusal {
  readonly at: number;
  readonly count: number;
}

/** So many kinds are remembered; the oldest go. */
const MOST = 50;

/** Who was refused lately: an agent that cannot come in is heard of nowhere else. */
export class RefusedAgents {
  /** by what is the same of them, the latest last */
  readonly #kinds = new Map<string, CountedRefusal>();

  add(refusal: AgentRefusal, now: number): void {
    const { address, nodeId, code, reason } = refusal;
    const kind = JSON.stringify([address, nodeId, code, reason]);
    const count = (this.#kinds.get(kind)?.count ?? 0) + 1;
    this.#kinds.delete(kind);
    this.#kinds.set(kind, { ...refusal, at: now, count });
    const [oldest] = this.#kinds.keys();
    if (this.#kinds.size > MOST && oldest !== undefined) this.#kinds.delete(oldest);
  }

  /** A node that was let in is not refused any more. */
  letIn(nodeId: string): void {
    for (const [kind, refusal] of this.#kinds) if (refusal.nodeId === nodeId) this.#kinds.delete(kind);
  }

  /** The latest first. */
  list(): CountedRefusal[] {
    return [...this.#kinds.values()].toReversed();
  }
}
