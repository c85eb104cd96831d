import type { EventData, ModelPrice } from "@hal/protocol";
import {
  type AgentStore,
  beginCounting,
  countedFor,
  isCounting,
  type MessageShare,
  readCounters,
} from "@hal/store/agent";
import { costOf } from "./domain/cost-of.ts";
import type { Counted } from "./domain/judge.ts";

/**
 * What this node has spent, as it is known now: what is on the disk with the messages that were told, and what messages
 * cost that are not final yet. The latter counts for what is refused and stopped, and is not told before its message is.
 */
export class Spending {
  readonly #store: AgentStore;
  readonly #prices: () => readonly ModelPrice[];
  readonly #listeners = new Set<() => void>();
  /** by message: what it costs more than what it was counted for */
  readonly #early = new Map<string, { readonly share: MessageShare; readonly more: number }>();
  #isCounting: boolean;

  /** `prices` are those of models of which the back end knows none. */
  constructor(store: AgentStore, prices: () => readonly ModelPrice[]) {
    this.#store = store;
    this.#prices = prices;
    this.#isCounting = isCounting(store);
  }

  /** What a message costs that may not be final yet. */
  shareOf(
    message: Pick<EventData<"session.message">, "costMicroUsd" | "costNanoUsd" | "tokens" | "model" | "createdAt">,
    of: Pick<MessageShare, "sessionId" | "messageId" | "root" | "project">,
  ): MessageShare {
    return { ...of, nanoUsd: costOf(message, this.#prices()), createdAt: message.createdAt };
  }

  /** The back end says what messages cost, before that is on the disk. */
  saw(shares: readonly MessageShare[]): void {
    if (!this.#isCounting) return;
    for (const share of shares) {
      const more = share.nanoUsd - countedFor(this.#store, share);
      const key = keyOf(share);
      if (more > (this.#early.get(key)?.more ?? 0)) this.#early.set(key, { share, more });
    }
  }

  /** Messages were told, and what they cost is on the disk. */
  counted(shares: readonly MessageShare[]): void {
    for (const share of shares) this.#early.delete(keyOf(share));
  }

  /** Something of it may have changed. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Hears when something of it may have changed; returns how to stop. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The back end was compared with what was told: from now on what is new adds to what was spent. */
  async compared(): Promise<void> {
    if (this.#isCounting) return;
    await beginCounting(this.#store);
    this.#isCounting = true;
  }

  /** Everything that is known to be spent, of the node, its projects, and these root sessions. */
  now(roots: Iterable<string>): Counted {
    const { life, node, projects, sessions } = readCounters(this.#store, roots);
    const early = [...this.#early.values()];
    const plus = (of: (share: MessageShare) => boolean): number =>
      early.reduce((sum, { share, more }) => (of(share) ? sum + more : sum), 0);
    if (early.length === 0) return { life, node, projects, sessions };
    const names = new Set([...projects.keys(), ...early.flatMap(({ share }) => share.project ?? [])]);
    return {
      life,
      node: node + plus(() => true),
      projects: new Map(
        [...names].map((name) => [name, (projects.get(name) ?? 0) + plus(({ project }) => project === name)]),
      ),
      sessions: new Map([...sessions].map(([root, nano]) => [root, nano + plus((share) => share.root === root)])),
    };
  }

  /** Sessions of which messages cost something that is not told yet. */
  get untold(): ReadonlySet<string> {
    return new Set([...this.#early.values()].map(({ share }) => share.sessionId));
  }
}

function keyOf({ sessionId, messageId }: MessageShare): string {
  return `${sessionId}/${messageId}`;
}
