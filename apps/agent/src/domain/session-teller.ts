import type { EventData, HalEvent } from "@hal/protocol";
import { collapse } from "./collapse.ts";
import { errorMessage } from "./message-assembly.ts";
import { MessageBook } from "./message-book.ts";
import { OpenRequests } from "./open-requests.ts";
import { type Placement, placeOf } from "./placement.ts";
import type { SavedSession, ToldStatus } from "./saved-session.ts";
import { factsEvent } from "./session-facts.ts";
import type { MessageInfo, OpencodeError, SessionInfo, SyncRow } from "./sync-row.ts";
import { INTERRUPTED, isAtWork, isTurnOpen, type OpencodeStatus, retryData } from "./turn.ts";

/** Turns what opencode says of one session into events, each fact once; the same rows give the same source keys (protocol §4.3). */
export class SessionTeller {
  readonly id: string;
  readonly #placement: Placement;
  readonly #messages: MessageBook;
  readonly #requests: OpenRequests;
  /** opencode compacts and tries again; only if the turn ends without an answer was it a failure */
  #overflow: { readonly error: OpencodeError; readonly sourceKey: string } | undefined;
  #aborted = false;
  #saved: SavedSession;
  #events: HalEvent[] = [];

  constructor(id: string, placement: Placement, saved: SavedSession, told: ReadonlyMap<string, string>) {
    this.id = id;
    this.#placement = placement;
    this.#saved = saved;
    this.#requests = new OpenRequests(saved.open);
    this.#messages = new MessageBook(id, told, (event) => this.#push(event));
    this.#messages.sessionCreatedAt = saved.createdAt;
  }

  get saved(): SavedSession {
    // before any row was read again, unfinished messages begin where the last run left them
    const isUnread = this.#foldedSeq === -1;
    const safeSeq = isUnread ? this.#saved.safeSeq : Math.min(this.#saved.seenSeq, this.#messages.safeSeq);
    return { ...this.#saved, open: this.#requests.open, safeSeq };
  }
  get managed(): boolean {
    return this.#saved.project !== undefined;
  }
  get status(): ToldStatus | undefined {
    return this.#saved.status;
  }
  get open(): SavedSession["open"] {
    return this.#requests.open;
  }

  /** Events and told messages since the last call. */
  take(): { readonly events: HalEvent[]; readonly messages: { messageId: string; hash: string }[] } {
    const taken = { events: collapse(this.#events), messages: this.#messages.take() };
    this.#events = [];
    return taken;
  }

  /** Folds one row of the durable log; rows that were folded before are passed over. */
  row(row: SyncRow): void {
    if (row.seq <= this.#foldedSeq) return;
    this.#foldedSeq = row.seq;
    const fresh = row.seq > this.#saved.seenSeq;
    const { change } = row;
    if (change.kind === "session") this.session(change.info, fresh);
    if (change.kind === "message") this.#message(change.info, { seq: row.seq, fresh });
    else if (change.kind === "part") this.#messages.part(change.part, change.time, { seq: row.seq, fresh });
    if (fresh) this.#saved = { ...this.#saved, seenSeq: row.seq };
  }
  #foldedSeq = -1;
  /** Whether a row is missing before this one. */
  lacksBefore = (row: SyncRow): boolean => row.seq > Math.max(this.#foldedSeq, this.#saved.seenSeq) + 1;

  /** Tells the user messages that wait for a sign that they are whole. */
  settle(): void {
    this.#messages.settle();
  }
  /** What of its messages is not told to the end. */
  get messages(): Pick<MessageBook, "hasUnsettled" | "hasInterruptible"> {
    return this.#messages;
  }
  /** Whether an answer never ended although opencode is not at it any more. */
  get isInterrupted(): boolean {
    return !isAtWork(this.#saved.status) && this.#messages.hasInterruptible;
  }
  /** Marks a turn that a crash interrupted: opencode is not at it any more, and it never ended. False where there is none. */
  interrupt(at: number): boolean {
    return this.isInterrupted && this.#interrupted(at);
  }

  #interrupted(at: number): true {
    this.#messages.interrupt(at);
    this.failed(INTERRUPTED, `${this.id}/${this.#saved.seenSeq}/interrupted`, at);
    return true;
  }

  /** Its opencode has ended: a turn that did not reach its end is told as interrupted. False where there was none. */
  died(at: number): boolean {
    if (!isAtWork(this.#saved.status) || this.#saved.turnOpen !== true) return false;
    this.settle();
    this.#saved = { ...this.#saved, turnOpen: false };
    return this.#interrupted(at);
  }

  /** Tells what opencode says the session does, if that is news. An open request makes it wait for a person. */
  doing(status: OpencodeStatus, at: number): void {
    this.settle();
    // what comes late of a turn that was stopped does not make an ended session live again
    if (this.#saved.status === "ended") return;
    if (status.type === "idle") {
      if (this.#overflow !== undefined) this.#tellFailure(this.#overflow.error, this.#overflow.sourceKey, at);
      this.#overflow = undefined;
      if (this.#saved.archivedAt !== undefined) this.ended("archived", this.#saved.archivedAt);
      if (!isAtWork(this.#saved.status) && this.#saved.status !== undefined) return;
      this.#setStatus("idle");
      this.#push({ type: "session.idle", at, ...this.#statusKey(at), data: this.#aborted ? { aborted: true } : {} });
      this.#aborted = false;
    } else if (status.type === "retry") {
      this.#setStatus("retrying");
      this.#push({ type: "session.retrying", at, ...this.#statusKey(at), data: retryData(status) });
    } else {
      this.#aborted = false;
      this.#busyOrWaiting(at);
    }
  }

  /** A comparison found it at rest. Of a failure that it read just now the log may know, and of what came after it, too. */
  rests(at: number): void {
    const isOldNews = this.#saved.status === "error" && this.#events.some(({ type }) => type === "session.error");
    this.doing({ type: "idle" }, at);
    if (isOldNews) this.#push({ type: "session.idle", at, data: {} });
  }

  #busyOrWaiting(at: number): void {
    const interactionId = this.#requests.first;
    const status = interactionId === undefined ? "busy" : "waiting";
    if (this.#saved.status === status || this.#saved.status === "ended") return;
    this.#setStatus(status);
    const key = this.#statusKey(at);
    if (interactionId === undefined) this.#push({ type: "session.busy", at, ...key, data: {} });
    else this.#push({ type: "session.waiting", at, ...key, data: { interactionId } });
  }

  /** Tells that a turn failed; repeats and aborts are no failures, and an overflow is one if opencode does not mend it. */
  failed(error: OpencodeError, sourceKey: string, at: number): void {
    this.settle();
    if (error.name === "MessageAbortedError") this.#aborted = true;
    else if (error.name === "ContextOverflowError") this.#overflow = { error, sourceKey };
    else this.#tellFailure(error, sourceKey, at);
  }

  #tellFailure(error: OpencodeError, sourceKey: string, at: number): void {
    if (this.#saved.status === "error" || this.#saved.status === "ended") return;
    this.#setStatus("error");
    this.#push({ type: "session.error", at, sourceKey, data: { name: error.name, message: errorMessage(error) } });
  }

  todo(todos: EventData<"session.todo">["todos"], at: number): void {
    this.#push({ type: "session.todo", at, data: { todos } });
  }

  /** A permission request or a question waits for a person. */
  asked(data: EventData<"interaction.asked">, at: number): void {
    const { interactionId, kind } = data;
    if (this.#requests.has(interactionId)) return;
    this.#requests.add(interactionId, kind);
    this.#push({ type: "interaction.asked", at, sourceKey: `${this.id}/ask/${interactionId}`, data });
    this.#busyOrWaiting(at);
  }

  /** It was answered, here or elsewhere. */
  answered(data: EventData<"interaction.answered">, at: number): void {
    const { interactionId } = data;
    if (!this.#requests.has(interactionId)) return;
    this.#requests.close(interactionId);
    this.#push({ type: "interaction.answered", at, sourceKey: `${this.id}/answered/${interactionId}`, data });
    if (this.#saved.status === "waiting") this.#busyOrWaiting(at);
  }

  /** Nobody waits for the answer any more. */
  expired(interactionId: string, reason: string, at: number): void {
    if (this.#requests.has(interactionId)) this.gone(interactionId, reason, at);
  }

  /** The same of one that an agent that lost its memory does not know. What it closed itself is not told again. */
  gone(interactionId: string, reason: string, at: number): void {
    if (this.#requests.wasClosed(interactionId)) return;
    this.#requests.close(interactionId);
    const sourceKey = `${this.id}/expired/${interactionId}`;
    this.#push({ type: "interaction.expired", at, sourceKey, data: { interactionId, reason } });
    if (this.#saved.status === "waiting") this.#busyOrWaiting(at);
  }

  /** It goes on although it had ended: what opencode says of it is told again. */
  revive = (): void => (this.#saved.status === "ended" ? this.#setStatus(undefined) : undefined);

  /** The session is over; what was told of it stays. */
  ended(reason: EventData<"session.ended">["reason"], at: number): void {
    if (this.#saved.status === "ended") return;
    this.#setStatus("ended");
    this.#requests.clear();
    const sourceKey = `${this.id}/ended/${this.#saved.newestMessageId ?? ""}/${at}`;
    this.#push({ type: "session.ended", at, sourceKey, data: { reason } });
  }

  /** Tells what opencode says of the session, if it is `fresh` and news. One that dies may keep it without a row that says so. */
  session(info: SessionInfo, fresh = true): void {
    this.settle();
    const isNew = this.#saved.createdAt === undefined;
    const place = placeOf(this.#placement, info);
    if (fresh && this.#saved.archivedAt !== undefined && place.archivedAt === undefined) this.revive();
    const external = isNew ? this.#placement.isExternal(info) : this.#saved.external;
    this.#saved = { ...this.#saved, ...place, external };
    this.#messages.sessionCreatedAt = info.time.created;
    if (!fresh) return;
    const { text, event } = factsEvent(info, external, isNew);
    if (text !== this.#saved.facts) this.#push(event);
    this.#saved = { ...this.#saved, facts: text };
    if (place.archivedAt !== undefined && !isAtWork(this.#saved.status)) this.ended("archived", place.archivedAt);
  }

  #message(info: MessageInfo, place: { readonly seq: number; readonly fresh: boolean }): void {
    // opencode's message ids ascend; a row about an older message says nothing of the turn
    const { newestMessageId: newest = "" } = this.#saved;
    if (info.id >= newest) this.#saved = { ...this.#saved, newestMessageId: info.id, turnOpen: isTurnOpen(info) };
    // a session that had ended and is prompted is at work again, until it comes to rest
    if (place.fresh && info.role === "user" && info.id > newest) this.revive();
    const state = this.#messages.message(info, place);
    if (!place.fresh) return;
    if (state === "complete") this.#overflow = undefined;
    const at = Math.round(info.time.completed ?? info.time.created);
    if (state === "error" && info.error !== undefined) this.failed(info.error, `${this.id}/${info.id}/error`, at);
    if (state === "complete" && info.summary === true)
      this.#push({ type: "session.compacted", at, sourceKey: `${this.id}/${info.id}/compacted`, data: {} });
  }

  /** opencode numbers no statuses: told again from an older copy of this disk, one has the same number and time. */
  #statusKey(at: number): { readonly sourceKey: string } {
    const statuses = (this.#saved.statuses ?? 0) + 1;
    this.#saved = { ...this.#saved, statuses };
    return { sourceKey: `${this.id}/status/${statuses}/${at}` };
  }

  #setStatus(status: ToldStatus | undefined): void {
    this.#saved = { ...this.#saved, status };
  }

  #push(event: HalEvent): void {
    if (this.#saved.project === undefined) return;
    this.#events.push({ ...event, project: this.#saved.project, session: this.id });
  }
}
