import type { EventData, HalEvent } from "@hal/protocol";
import type { SavedSession } from "./saved-session.ts";
import type { SourceKeys } from "./source-keys.ts";

/** So many closed requests are known again: an answer to one comes seldom after it was closed, and hardly ever after so many others. */
const CLOSED_KEPT = 100;

/** How the requests of a session are told. */
interface Telling {
  readonly keys: SourceKeys;
  readonly push: (event: HalEvent) => void;
}

/** That nobody waits for the answer to a request any more. */
export interface RequestEnd {
  readonly reason: string;
  readonly at: number;
  /** known only from its back end not having it any more, so that it may be heard yet that it was answered */
  readonly isMissed?: boolean;
}

/** The requests of one session that wait for a person; tells when one is asked, answered, or waits no more. */
export class OpenRequests {
  readonly #telling: Telling;
  /** told to be closed, also by an earlier life of the agent: an end is told once, and one that is open all the same is told anew */
  readonly #closed: Set<string>;
  /** told to wait for nobody because opencode did not list them: its stream may say yet that they were answered */
  readonly #missed = new Set<string>();
  /** what is told once more, whatever was told of it */
  #again = new Set<string>();
  #open: SavedSession["open"];

  constructor({ open, closed = [] }: Pick<SavedSession, "open" | "closed">, telling: Telling) {
    this.#open = open;
    this.#closed = new Set(closed);
    this.#telling = telling;
  }

  /** What is kept of them between runs of the agent. */
  get saved(): Pick<SavedSession, "open" | "closed"> {
    return { open: this.#open, closed: this.#closed.size === 0 ? undefined : [...this.#closed] };
  }

  get first(): string | undefined {
    return Object.keys(this.#open)[0];
  }

  has(id: string): boolean {
    return Object.hasOwn(this.#open, id);
  }

  /** Whether an answer to it is news: it waits, or was only missed. */
  canBeAnswered(id: string): boolean {
    return this.has(id) || this.#missed.has(id);
  }

  /** Those that are open, and those of which that is to be told once more. */
  get toJudge(): ReadonlySet<string> {
    return new Set([...Object.keys(this.#open), ...this.#again]);
  }

  /** Whether it was told that it is open, and that needs not be told again. */
  isTold(id: string): boolean {
    return this.has(id) && !this.#again.has(id);
  }

  /** The supervisor has something else of them, and `theirs` open: of each the next comparison says how it is. */
  tellAgain(theirs: readonly string[]): void {
    this.#again = new Set([...Object.keys(this.#open), ...theirs]);
  }

  /** One that was told to be closed, and is there, is told to be asked again. */
  asked(data: EventData<"interaction.asked">, at: number): void {
    const sourceKey = this.#key("ask", data.interactionId, at);
    this.#open = { ...this.#open, [data.interactionId]: data.kind };
    this.#again.delete(data.interactionId);
    this.#missed.delete(data.interactionId);
    this.#telling.push({ type: "interaction.asked", at, sourceKey, data });
  }

  answered(data: EventData<"interaction.answered">, at: number): void {
    const sourceKey = this.#key("answered", data.interactionId, at);
    this.#close(data.interactionId);
    this.#missed.delete(data.interactionId);
    this.#telling.push({ type: "interaction.answered", at, sourceKey, data });
  }

  /** Nobody waits for it any more, whether it was known or not. What was told to be closed is not told again. */
  gone(interactionId: string, { reason, at, isMissed = false }: RequestEnd): void {
    if (!this.has(interactionId) && this.#closed.has(interactionId) && !this.#again.has(interactionId)) return;
    const sourceKey = this.#key("expired", interactionId, at);
    this.#close(interactionId);
    if (isMissed) this.#missed.add(interactionId);
    this.#telling.push({ type: "interaction.expired", at, sourceKey, data: { interactionId, reason } });
  }

  /** Nobody waits for any of them. Where that is known, what comes of those that were missed before comes too late. */
  allGone(end: RequestEnd): void {
    for (const id of this.toJudge) this.gone(id, end);
    if (end.isMissed !== true) this.#missed.clear();
  }

  /** What is said otherwise: an ended session has none. */
  clear(): void {
    for (const id of this.toJudge) this.#close(id);
  }

  #close(id: string): void {
    this.#again.delete(id);
    const { [id]: _closed, ...open } = this.#open;
    this.#closed.delete(id);
    this.#closed.add(id);
    for (const oldest of [...this.#closed].slice(0, -CLOSED_KEPT)) this.#closed.delete(oldest);
    this.#open = open;
  }

  #key(what: "ask" | "answered" | "expired", id: string, at: number): string {
    const isAgain = this.#closed.has(id) || this.#again.has(id);
    return this.#telling.keys.request(what, id, isAgain ? at : undefined);
  }
}
