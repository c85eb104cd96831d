import type { Spent } from "@hal/protocol";
import { committedPlace } from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import type { LeaseBook } from "./domain/lease-book.ts";
import { heardOf } from "./lease-frame.ts";

/** So many words of a node wait for the ledger at most; the oldest but one goes. */
const MOST_PENDING = 100;
/** So long a session is looked at that spent something. */
const RECENT_MS = 60_000;

interface Recent {
  readonly nodeId: string;
  readonly id: string;
  readonly until: number;
}

/** What a node said last, as far as it counts already. */
export interface Applied {
  readonly nodeId: string;
  /** whether the ledger is at exactly that place */
  readonly isExact: boolean;
  readonly isAtWork: boolean;
}

/** What nodes said that they spent: it waits until the ledger has come to the place of which it speaks. */
export class HeardSpent {
  readonly #kernel: Pick<Kernel, "store" | "clock">;
  readonly #pending = new Map<string, Spent[]>();
  readonly #compared = new Set<string>();
  readonly #recent = new Map<string, Recent>();

  constructor(kernel: Pick<Kernel, "store" | "clock">) {
    this.#kernel = kernel;
  }

  has(nodeId: string): boolean {
    return this.#pending.has(nodeId);
  }

  add(nodeId: string, spent: Spent): void {
    const pending = this.#pending.get(nodeId) ?? [];
    pending.push(spent);
    // the first one says which leases count on this connection
    if (pending.length > MOST_PENDING) pending.splice(1, 1);
    this.#pending.set(nodeId, pending);
  }

  /** Its node has compared itself, behind what it said before. */
  compared(nodeId: string): void {
    this.#compared.add(nodeId);
  }

  /** What was on its way on a connection that ended is lost. */
  forget(nodeId: string): void {
    this.#pending.delete(nodeId);
    this.#compared.delete(nodeId);
  }

  /** Root sessions that spent something lately: what is to be said of their budgets is said when they rest already, too. */
  get recent(): readonly Recent[] {
    const now = this.#kernel.clock.monotonic();
    for (const [key, { until }] of this.#recent) if (until <= now) this.#recent.delete(key);
    return [...this.#recent.values()];
  }

  /** Takes in what is due, and that nodes compared themselves. */
  applyTo(book: LeaseBook): Applied[] {
    const applied = [...this.#pending].flatMap(([nodeId, pending]) => this.#apply(book, nodeId, pending));
    for (const nodeId of this.#compared)
      if (!this.#pending.has(nodeId)) {
        book.account(nodeId).settle();
        this.#compared.delete(nodeId);
      }
    return applied;
  }

  #apply(book: LeaseBook, nodeId: string, pending: readonly Spent[]): Applied[] {
    const epochs = new Set(pending.map(({ epoch }) => epoch));
    const places = new Map([...epochs].map((epoch) => [epoch, committedPlace(this.#kernel.store, nodeId, epoch)]));
    const due = pending.filter(({ epoch, seq }) => seq <= (places.get(epoch) ?? 0));
    const last = due.at(-1);
    if (last === undefined) return [];
    const until = this.#kernel.clock.monotonic() + RECENT_MS;
    for (const spent of due) {
      book.account(nodeId).hear(heardOf(spent));
      for (const { id } of spent.sessions) this.#recent.set(`${nodeId}/${id}`, { nodeId, id, until });
    }
    const rest = pending.filter((spent) => !due.includes(spent));
    if (rest.length === 0) this.#pending.delete(nodeId);
    else this.#pending.set(nodeId, rest);
    const isExact = places.get(last.epoch) === last.seq;
    return [{ nodeId, isExact, isAtWork: last.atWork.length > 0 || last.isBeginning }];
  }
}
