import type { HalEvent, Retell } from "@hal/protocol";
import type { Logger } from "@hal/daemon";
import {
  type AgentStore,
  allTold,
  forgetTold,
  type MessageShare,
  record,
  toldMessagesOf,
  toldRun,
  type ToldChange,
} from "@hal/store/agent";
import type { SourceMessage } from "../../domain/source-fact.ts";
import type { Spending } from "../leases/spending.ts";
import { NEW_SESSION, type SavedSession } from "./domain/saved-session.ts";
import type { Placement } from "./domain/placement.ts";
import { SessionTeller } from "./domain/session-teller.ts";

const NO_TURN = { kind: "none" } as const;

/** What others may wait for: each event as soon as it is safely in the outbox. */
export type Listener = (event: HalEvent) => void;

/** What a book is kept with. */
export interface BookParts {
  readonly placement: Placement;
  readonly log: Logger;
  /** counts what messages cost */
  readonly spending: Spending;
}

/**
 * The tellers of all sessions, and the one way by which what they tell reaches the disk: events and the told
 * table in one transaction (protocol §4.4).
 */
export class SessionBook {
  readonly #store: AgentStore;
  readonly #placement: Placement;
  readonly #log: Logger;
  readonly #spending: Spending;
  readonly #listeners = new Set<Listener>();
  #tellers = new Map<string, SessionTeller>();
  #changed = new Set<SessionTeller>();
  #loose: HalEvent[] = [];
  #isForgotten = false;
  /** the run of opencode that turns belong to, and whether that is on the disk */
  #run: string | undefined;
  #isRunNoted = true;
  /** whether all rows that it left by then were read once since this agent started */
  #isCaughtUp = false;
  #runSince = 0;
  #writes = 0;
  /** called when events could not be written */
  onFailure: (error: unknown) => void = () => undefined;

  constructor(store: AgentStore, { placement, log, spending }: BookParts) {
    this.#store = store;
    this.#placement = placement;
    this.#log = log;
    this.#spending = spending;
  }

  /** Reads the told table; what was in memory and not written is forgotten and will be told again. */
  async load(): Promise<void> {
    for (;;) {
      const writes = this.#writes;
      const run = await toldRun(this.#store);
      const saved = await allTold<SavedSession>(this.#store);
      const tellers = new Map<string, SessionTeller>();
      for (const [id, state] of saved)
        tellers.set(id, new SessionTeller(id, this.#placement, state, await toldMessagesOf(this.#store, id)));
      // the end of a run may be told meanwhile: what was read before that is not true any more
      if (writes !== this.#writes) continue;
      this.#tellers = tellers;
      this.#changed = new Set();
      this.#run = run;
      this.#isRunNoted = true;
      this.#isForgotten = false;
      return;
    }
  }

  /** The run of opencode that is followed; undefined where none lives. */
  get run(): string | undefined {
    return this.#run;
  }

  /** All that the run had written was read. */
  caughtUp(): void {
    this.#isCaughtUp = true;
  }

  /** Since when the run that lives now is known; 0 where it was there before this agent. Milliseconds since 1970. */
  get runSince(): number {
    return this.#runSince;
  }

  /**
   * Says which run of opencode lives now, or that none does. What was at work in another one is over, and told so at
   * once (protocol §4.4).
   */
  async runIs(run: string | undefined, at: number): Promise<void> {
    if (run === this.#run) return;
    const why = this.#isCaughtUp ? "runEnded" : "unseen";
    for (const { id, managed } of this.all()) if (managed) this.open(id).runEnded(why, at);
    this.#run = run;
    this.#runSince = at;
    this.#isCaughtUp = false;
    this.#isRunNoted = false;
    await this.write();
  }

  /**
   * Forgets what was told: opencode is compared with nothing and told of as a whole. The log drops what it has. Who is
   * in the middle of telling the rest of something goes on with what it knows, and nothing of that is kept.
   */
  async tellAnew(): Promise<void> {
    this.#isForgotten = true;
    await forgetTold(this.#store);
    this.onFailure(new Error("everything is told anew"));
  }

  /** Whether the told table was forgotten and what is in memory was not: it must be loaded before anything is compared. */
  get isForgotten(): boolean {
    return this.#isForgotten;
  }

  /** Forgets how far a session's rows were read, and tells that what was told last of it may not be true any more. */
  async reread(id: string, at: number): Promise<void> {
    const { saved } = this.open(id);
    const begin = { ...saved, safeSeq: -1, seenSeq: -1, newestMessageId: undefined, turn: NO_TURN };
    const teller = new SessionTeller(id, this.#placement, begin, await toldMessagesOf(this.#store, id));
    this.#tellers.set(id, teller);
    this.#changed = new Set([...this.#changed].filter((changed) => changed.id !== id)).add(teller);
    const reason = "opencode's data were restored from a copy: what it told of this session last is not there any more";
    this.add({ type: "gap", at, project: saved.project, session: id, data: { reason } });
  }

  /**
   * Has sessions told once more by the next comparison, whatever was told of them: the supervisor has something else of them, and
   * these requests open (protocol §4.11). What it names and nobody here knows stays as it is.
   */
  tellAgain(sessions: Retell["sessions"]): void {
    for (const { id, open } of sessions) this.#tellers.get(id)?.tellAgain(open);
  }

  all(): Iterable<SessionTeller> {
    return this.#tellers.values();
  }

  get(id: string): SessionTeller | undefined {
    return this.#tellers.get(id);
  }

  /** The session's teller, to be changed; what it tells is written by the next `write`. */
  open(id: string): SessionTeller {
    const teller = this.#tellers.get(id) ?? new SessionTeller(id, this.#placement, NEW_SESSION, new Map());
    this.#tellers.set(id, teller);
    this.#changed.add(teller);
    return teller;
  }

  /** Adds an event that is not a session's. */
  add(event: HalEvent): void {
    this.#loose.push(event);
  }

  /**
   * Writes all that was told since the last call, in one transaction. Where that fails, what the sessions told
   * is gone from memory: `onFailure` must have it read and compared again.
   */
  async write(): Promise<void> {
    if (this.#isForgotten) this.#changed = new Set();
    if (this.#changed.size === 0 && this.#loose.length === 0 && this.#isRunNoted) return;
    const loose = this.#loose;
    const events = [...loose];
    const changes: ToldChange<SavedSession>[] = [];
    const heard: MessageShare[] = [];
    this.#loose = [];
    for (const teller of this.#changed) {
      const taken = teller.take();
      events.push(...taken.events);
      if (teller.managed) for (const message of taken.costs) heard.push(this.#shareOf(teller, message));
      changes.push({ sessionId: teller.id, state: teller.saved, messages: taken.messages });
      for (const event of taken.events) this.#endContinued(event);
    }
    this.#changed = new Set();
    this.#writes += 1;
    const shares = events.flatMap((event) => this.#sharesOf(event));
    try {
      // also where nothing can be written
      this.#spending.saw([...heard, ...shares]);
      await record(this.#store, events, changes, { run: this.#isRunNoted ? undefined : { is: this.#run }, shares });
      this.#spending.counted(shares);
      this.#isRunNoted = true;
    } catch (error) {
      this.#loose = [...loose, ...this.#loose];
      this.onFailure(error);
      throw error;
    } finally {
      if (heard.length > 0 || shares.length > 0) this.#spending.changed();
    }
    for (const event of events) for (const listener of this.#listeners) this.#tell(listener, event);
  }

  #shareOf({ id: sessionId, saved: { project } }: SessionTeller, message: SourceMessage): MessageShare {
    return this.#spending.shareOf(message, { sessionId, messageId: message.id, root: this.rootOf(sessionId), project });
  }

  /** What a message costs that is told; copies and prompts cost nothing. */
  #sharesOf(event: HalEvent): MessageShare[] {
    if (event.type !== "session.message" || event.session === undefined) return [];
    const { session: sessionId, project, data } = event;
    if (data.role !== "assistant" || data.copied) return [];
    const { messageId } = data;
    return [this.#spending.shareOf(data, { sessionId, messageId, root: this.rootOf(sessionId), project })];
  }

  /** The session at the top of the tree that a session is in, as far as that is known. */
  rootOf(id: string): string {
    const seen = new Set([id]);
    for (let at = id; ;) {
      const parent = this.#tellers.get(at)?.parentId;
      if (parent === undefined || seen.has(parent) || !this.#tellers.has(parent)) return at;
      seen.add(parent);
      at = parent;
    }
  }

  /** What a new session goes on from has ended with its beginning: both are told in one, so that there is never none and never two. */
  #endContinued({ type, session: id, at, data }: HalEvent): void {
    const from = type === "session.started" ? this.get(data.continues ?? "") : undefined;
    if (from?.managed !== true || from.id === id) return;
    // also where it was taken already
    this.#changed.delete(from);
    this.open(from.id).ended("killed", at, id);
  }

  /** Hears each event once it is written; returns how to stop. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(listener: Listener, event: HalEvent): void {
    try {
      listener(event);
    } catch (error) {
      this.#log.error({ error }, "a listener failed");
    }
  }

  /** How many managed sessions are in each status. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { managed, status } of this.#tellers.values())
      if (managed) counts[status ?? "starting"] = (counts[status ?? "starting"] ?? 0) + 1;
    return counts;
  }
}
