import type { EventData, HalEvent } from "@hal/protocol";
import type {
  SourceError,
  SourceMessage,
  SourceRow,
  SourceSession,
  SourceStatus,
} from "../../../domain/source-fact.ts";
import { collapse } from "./collapse.ts";
import { MessageBook } from "./messages/message-book.ts";
import { OpenRequests, type RequestEnd } from "./open-requests.ts";
import { originOf, type Placement, placeOf } from "./placement.ts";
import type { SavedSession, ToldStatus } from "./saved-session.ts";
import { factsChange } from "./session-facts.ts";
import { statusOf } from "./session-status.ts";
import { SessionTurn } from "./session-turn.ts";
import { SourceKeys } from "./source-keys.ts";
import { type Change, statusChange } from "./status-change.ts";
import { isAtWork, isOver } from "./turn.ts";

/**
 * Turns what opencode says of one session into events, each fact once; the same rows give the same source keys (protocol §4.3).
 *
 * The status that is told (`saved.status`):
 *
 *                 opencode is heard of it                     archived and at rest, killed, or gone
 *     undefined ──────────────────────────► one of those below ────────────────────────────────────► ended
 *         ▲                                    │        ▲                                              │
 *         │                                    └────────┘ `statusOf`, whenever something changes       │
 *         └──────────── `revive`: somebody prompts it, or takes it out of the archive ────────────────┘
 *
 *     waiting    opencode works, and a request is open
 *     busy       opencode works
 *     retrying   opencode waits for its provider
 *     error      opencode rests, and the turn failed or was interrupted
 *     idle       opencode rests, and the turn came to another end, or there is none
 *
 * What holds here:
 *
 * - L1 A row is folded once, and the rows come in the order of their seq. Only a row behind `seenSeq` tells anything.
 * - L2 `safeSeq` stays before the first row of a message that has no end, so that another run can build it again.
 * - L3 A user message that waits for a sign that it is whole is told before anything that comes behind it.
 * - L4 A session that has ended gets no other status before `revive`.
 * - L5 Nothing is told of a session whose project is not known.
 */
export class SessionTeller {
  readonly id: string;
  readonly #placement: Placement;
  readonly #keys: SourceKeys;
  readonly #messages: MessageBook;
  readonly #requests: OpenRequests;
  readonly #turn: SessionTurn;
  #saved: SavedSession;
  #foldedSeq = -1;
  /** what is told once more when it is known, whatever was told of it */
  readonly #again = new Set<"facts" | "status">();
  #events: HalEvent[] = [];
  #needsFacts = false;

  constructor(id: string, placement: Placement, saved: SavedSession, told: ReadonlyMap<string, string>) {
    this.id = id;
    this.#placement = placement;
    this.#saved = saved;
    this.#turn = new SessionTurn(saved);
    this.#keys = new SourceKeys(id, saved.statuses);
    const push = (event: HalEvent): void => this.#push(event);
    this.#requests = new OpenRequests(saved, { keys: this.#keys, push });
    this.#messages = new MessageBook(this.#keys, told, push);
    this.#messages.sessionCreatedAt = saved.createdAt;
  }

  get saved(): SavedSession {
    // before any row was read again, unfinished messages begin where the last run left them
    const isUnread = this.#foldedSeq === -1;
    // L2
    const safeSeq = isUnread ? this.#saved.safeSeq : Math.min(this.#saved.seenSeq, this.#messages.safeSeq);
    const { turn, newestMessageId } = this.#turn;
    const counted = { safeSeq, statuses: this.#keys.occurrences };
    return { ...this.#saved, turn, turnOpen: undefined, newestMessageId, ...this.#requests.saved, ...counted };
  }
  get managed(): boolean {
    return this.#saved.project !== undefined;
  }
  /** the session that began it */
  get parentId(): string | undefined {
    return this.#saved.parentId;
  }
  /** where its back end runs it */
  get directory(): string | undefined {
    return this.#saved.directory;
  }
  /** JSON of how it was told to get on */
  get toldHealth(): string | undefined {
    return this.#saved.health;
  }
  get status(): ToldStatus | undefined {
    return this.#saved.status;
  }
  /** The requests of which a comparison must say how they are. */
  get toJudge(): ReadonlySet<string> {
    return this.#requests.toJudge;
  }
  get tellsAgain(): boolean {
    return this.#again.size > 0;
  }
  /** Whether user messages wait for a sign that they are whole. */
  get hasUnsettled(): boolean {
    return this.#messages.hasUnsettled;
  }
  /** The row behind which history is to be read. */
  get readUpTo(): number {
    return this.#foldedSeq === -1 ? this.#saved.safeSeq : this.#foldedSeq;
  }

  /** Events, told messages, and what messages cost, since the last call. */
  take() {
    const taken = { events: collapse(this.#events), ...this.#messages.take() };
    this.#events = [];
    return taken;
  }

  /** Folds one row of the durable log, heard at a time; rows that were folded before are passed over. */
  row(row: SourceRow, heardAt = this.#saved.createdAt ?? 0): void {
    if (row.seq <= this.#foldedSeq) return; // L1
    this.#foldedSeq = row.seq;
    const fresh = row.seq > this.#saved.seenSeq;
    if (fresh) this.#turn.sign();
    const { change } = row;
    if (change.kind === "session") this.session(change.session, fresh);
    if (change.kind === "message") this.#message(change.message, { seq: row.seq, fresh });
    else if (change.kind === "part") this.#messages.part(change.part, change.at, { seq: row.seq, fresh });
    else if (change.kind === "removed") this.#messages.removed(change, { at: heardAt, fresh });
    if (fresh) this.#saved = { ...this.#saved, seenSeq: row.seq };
  }
  /** Whether a row is missing before this one; rows of an unfinished message are read again in each life of the agent. */
  lacksBefore = (row: SourceRow): boolean => row.seq > this.readUpTo + 1;
  /** Whether its model is asked on and on: not once the last answer of its turn is there. */
  spends = (): boolean => isAtWork(this.#saved.status) && this.#turn.goesOn((id) => this.#messages.isLast(id));
  /** Tells the user messages that wait for a sign that they are whole. */
  settle(): void {
    // L3
    this.#messages.settle();
  }
  /** Tells what opencode says by itself that the session does; not how a turn ended of which the rows are not read. */
  doing(status: SourceStatus, at: number, isRead = true): void {
    this.settle();
    this.#turn.sign();
    if (status.type === "idle" && !isRead) this.#turn.unread();
    this.#does(status, at);
  }

  /** What a comparison found, after all rows were read. */
  compared(status: SourceStatus, at: number): void {
    if (status.type !== "idle") return this.doing(status, at);
    this.settle();
    const found = this.#turn.unnamed(this.#messages.hasUnended);
    if (found === "surely rests") this.#messages.end(this.#turn.turn, at);
    if (found !== "doubtful") this.#does(status, at, true);
  }

  /** Whether it has a prompt: opencode is at the first turn as soon as it has written that down, or never will be. */
  get hasBegun(): boolean {
    return this.#turn.turn.kind !== "none";
  }

  /** Whether opencode must be asked what it costs now. */
  get needsFacts(): boolean {
    return this.#needsFacts;
  }

  /** Whether it must be compared once more: it was not named as working, and how its turn stands says otherwise. */
  get needsLook(): boolean {
    return this.#turn.isInDoubt && (!isOver(this.#turn.turn) || this.#messages.hasUnended);
  }

  /** The supervisor has something else of it than was told, and these requests open: the next comparison tells it all once more. */
  tellAgain(theirs: readonly string[]): void {
    this.#again.add("facts").add("status");
    this.#requests.tellAgain(theirs);
  }

  /** The run of opencode that was at it is over, and so is its turn. Nobody followed an `unseen` one to its end. */
  runEnded(why: "runEnded" | "unseen", at: number): void {
    this.settle();
    const { status } = this.#saved;
    // also of one that was told to rest: rows of a turn that goes on may have come since
    this.#turn.runEnded(why);
    if (why === "runEnded") this.#messages.end(this.#turn.turn, at);
    this.#requests.allGone({ reason: "opencode ended", at });
    if (status !== undefined || this.#turn.turn.kind === "interrupted") this.#does({ type: "idle" }, at);
  }

  /** Somebody stopped its turn on purpose, and opencode said that it did. */
  aborted(): void {
    if (isAtWork(this.#saved.status)) this.#turn.aborted();
  }

  #does(status: SourceStatus, at: number, isCompared = false): void {
    // L4: what comes late of a turn that was stopped does not make an ended session live again
    if (this.#saved.status === "ended") return;
    if (status.type === "idle") {
      if (this.#saved.archivedAt !== undefined) this.ended("archived", this.#saved.archivedAt);
      this.#requests.allGone({ reason: "its turn is over", at, isMissed: isCompared });
    }
    this.#turn.does(status);
    this.#tellStatus(at);
  }

  #tellStatus(at: number): void {
    const { doing, turn } = this.#turn;
    const now = statusOf({ doing, turn, waitsFor: this.#requests.first });
    if (now === undefined || this.#saved.status === "ended") return;
    // of a turn that finished opencode tells what it cost; of another one it may not
    if (doing?.type === "idle" && turn.kind !== "finished" && turn.kind !== "none")
      this.#needsFacts ||= this.#saved.said !== now.said;
    this.#tell(statusChange(this.#saved, now, { keys: this.#keys, at, isAgain: this.#again.delete("status") }));
  }

  /** Tells that a turn failed, or was stopped, if it rests then: opencode may mend what failed. */
  failed(error: SourceError, at: number): void {
    this.settle();
    this.#turn.sign();
    this.#turn.failed(error);
    if (this.#turn.doing === undefined || this.#turn.isAtRest) this.#does({ type: "idle" }, at);
  }

  /** Tells what is beside its status, and keeps by what it is known to be told. */
  tellBeside(event: HalEvent, told: Pick<SavedSession, "health" | "worktreeIs">): void {
    this.#saved = { ...this.#saved, ...told };
    this.#push(event);
  }

  todo(todos: EventData<"session.todo">["todos"], at: number): void {
    this.#push({ type: "session.todo", at, data: { todos } });
  }

  /** A permission request or a question of a message of this session waits for a person. */
  asked(data: EventData<"interaction.asked">, at: number, askedBy?: string): void {
    if (this.#requests.isTold(data.interactionId) || this.#saved.status === "ended") return;
    // opencode keeps the requests of a turn that was stopped
    if (askedBy !== undefined && this.#messages.hasEnded(askedBy)) return;
    this.#turn.sign();
    this.#requests.asked(data, at);
    if (this.#turn.doing === undefined || this.#turn.isAtRest) this.#does({ type: "busy" }, at);
    else this.#tellStatus(at);
  }

  /** It was answered, here or elsewhere; a comparison that overtook this may have told that nobody waits for it. */
  answered(data: EventData<"interaction.answered">, at: number): void {
    if (!this.#requests.canBeAnswered(data.interactionId)) return;
    this.#requests.answered(data, at);
    this.#tellStatus(at);
  }

  /** Nobody waits for the answer any more, also of one that an agent that lost its memory does not know. */
  gone(interactionId: string, end: RequestEnd): void {
    this.#requests.gone(interactionId, end);
    if (isAtWork(this.#saved.status)) this.#tellStatus(end.at);
  }

  /** The session is over, and maybe another one goes on from it; what was told of it stays. */
  ended(reason: EventData<"session.ended">["reason"], at: number, continuedBy = this.#saved.continuedBy): void {
    const again = this.#again.delete("status");
    if (this.#saved.status === "ended" && !again) return;
    this.#requests.clear();
    if (reason === "killed") this.#turn.aborted();
    this.#saved = { ...this.#saved, status: "ended", said: undefined, continuedBy };
    const sourceKey = this.#keys.ended(this.#turn.newestMessageId, at, again);
    this.#push({ type: "session.ended", at, sourceKey, data: { reason, continuedBy } });
  }

  /** Tells what opencode says of the session, if it is `fresh` and news. One that dies may keep it without a row that says so. */
  session(session: SourceSession, fresh = true): void {
    this.settle();
    const { createdAt, archivedAt: wasArchivedAt } = this.#saved;
    const isNew = createdAt === undefined;
    // a copy that is named otherwise later does not go on from anything
    const origin = isNew ? originOf(this.#placement, session) : {};
    this.#saved = { ...this.#saved, ...placeOf(this.#placement, session), ...origin };
    this.#messages.sessionCreatedAt = session.createdAt;
    if (!fresh) return;
    this.#needsFacts = false;
    this.#tell(factsChange(this.#saved, session, { keys: this.#keys, isNew, isAgain: this.#again.delete("facts") }));
    const { archivedAt } = this.#saved;
    if (archivedAt === undefined && wasArchivedAt !== undefined) this.revive();
    if (archivedAt !== undefined && !isAtWork(this.#saved.status)) this.ended("archived", archivedAt);
  }

  /** It goes on although it had ended: what opencode says of it is told again. */
  revive(): void {
    if (this.#saved.status !== "ended") return;
    this.#saved = { ...this.#saved, status: undefined, said: undefined, revived: true, continuedBy: undefined };
    this.#turn.revive();
  }

  #message(message: SourceMessage, place: { readonly seq: number; readonly fresh: boolean }): void {
    const isFirst = !this.#messages.knows(message.id);
    const state = this.#messages.message(message, place);
    if (!place.fresh) return;
    const at = message.completedAt ?? message.createdAt;
    if (state === "complete" && message.isSummary)
      this.#push({ type: "session.compacted", at, sourceKey: this.#keys.compacted(message.id), data: {} });
    if (!this.#turn.message(message, isFirst, this.#messages.howItEnded(message.id))) return;
    // somebody prompted a session that had ended: it is at work again, until it comes to rest
    if (message.role === "user") this.revive();
    // of a turn that has an end it is told now, where the session was told to rest before
    if (isOver(this.#turn.turn) && this.#turn.isAtRest) this.#tellStatus(at);
  }

  #tell({ saved, news }: Change): void {
    this.#saved = saved;
    if (news !== undefined) this.#push(news);
  }

  #push(event: HalEvent): void {
    if (this.#saved.project === undefined) return; // L5
    this.#events.push({ ...event, project: this.#saved.project, session: this.id });
  }
}
