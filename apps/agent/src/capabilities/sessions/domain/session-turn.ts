import { INTERRUPTED_ERROR } from "@hal/protocol";
import type { SourceError, SourceMessage, SourceStatus } from "../../../domain/source-fact.ts";
import { type SavedSession, savedTurn } from "./saved-session.ts";
import {
  failed,
  type HowItEnded,
  INTERRUPTIONS,
  isAtWork,
  isInterrupted,
  isOver,
  laterTurn,
  type Turn,
  turnOf,
} from "./turn.ts";

/** So many comparisons in a row must not find a session at work before its turn counts as left without an end. */
const LOOKS = 2;

/**
 * How the newest turn of a session stands: by its rows, by what opencode says, and by what comparisons find. `asked` and
 * `open` are under way, all others are over.
 *
 *       ┌─────────────────────── a newer prompt, whatever was before ──────────────────────┐
 *       ▼                                                                                  │
 *     asked ──answer──► open ──the answer's end──► finished · denied · aborted · failed ───┤
 *       │               │  ▲                                                               │
 *       │               │  └────── opencode works ───── none · unknown · interrupted ──────┤
 *       │               │                                          ▲           ▲           │
 *       ├───── rests ───┴──────────────────────────────────────────┘           │           │
 *       └───── its run ended, or two comparisons in a row do not name it ──────┘
 *
 * - rests: opencode says so of an `open` turn, or of one whose rows cannot be read.
 * - Two comparisons make an `open` turn `unknown` where each of its answers has an end. They make an `unknown` one
 *   `interrupted` where an answer has none.
 * - A person's stop makes a turn under way `aborted`, an error makes any turn `failed`.
 *
 * What holds here:
 *
 * - L1 What the agent concludes takes the place of no end that opencode wrote.
 * - L2 An end that opencode writes takes the place of whatever was concluded.
 * - L3 One comparison concludes nothing of a turn under way: its rows may be on their way.
 */
export class SessionTurn {
  #turn: Turn;
  #newestMessageId: string | undefined;
  /** what opencode said last that the session does */
  #doing: SourceStatus | undefined;
  /** how often opencode was asked since the last sign of the session, and did not name it as working */
  #unnamed = 0;

  constructor(saved: SavedSession) {
    this.#turn = savedTurn(saved);
    this.#newestMessageId = saved.newestMessageId;
    const { status } = saved;
    if (status !== undefined && status !== "ended") this.#doing = { type: isAtWork(status) ? "busy" : "idle" };
  }

  get turn(): Turn {
    return this.#turn;
  }
  get newestMessageId(): string | undefined {
    return this.#newestMessageId;
  }
  get doing(): SourceStatus | undefined {
    return this.#doing;
  }
  get isAtRest(): boolean {
    return this.#doing?.type === "idle";
  }
  /** Whether the last comparisons did not name it, too few to say what that means. */
  get isInDoubt(): boolean {
    return this.#unnamed > 0 && this.#unnamed < LOOKS;
  }

  /** Whether it is under way and more answers of it come, as far as `isLast` says of an answer that none comes behind it. */
  goesOn(isLast: (messageId: string) => boolean): boolean {
    return !isOver(this.#turn) && !isLast(this.#newestMessageId ?? "");
  }

  /** The session was heard of. */
  sign(): void {
    this.#unnamed = 0;
  }

  /**
   * A comparison did not name it as working, after all rows were read. Where that contradicts a turn without an end,
   * opencode must be asked again before anything is told: rows may be on their way, or the turn about to begin. `hasUnended` says whether an answer has no end.
   */
  unnamed(hasUnended: boolean): "doubtful" | "rests" | "surely rests" {
    this.#unnamed += 1;
    if (isInterrupted(this.#turn, "unseen")) {
      this.#interrupt("runEnded");
      return "surely rests";
    }
    // L3
    if (this.#unnamed < LOOKS) return isOver(this.#turn) ? "rests" : "doubtful";
    const { kind } = this.#turn;
    if (kind === "asked") this.#interrupt("unanswered");
    if ((kind === "open" || kind === "unknown") && hasUnended) this.#interrupt("left");
    // its last answer came to its end and asked for tools: what became of it is not known
    else if (kind === "open") this.#turn = { kind: "unknown" };
    return "surely rests";
  }

  /** The run that was at it is over. */
  runEnded(why: "runEnded" | "unseen"): void {
    if (!isOver(this.#turn)) this.#interrupt(why); // L1
  }

  /** It came to rest, and the rows that say how could not be read. */
  unread(): void {
    if (!isOver(this.#turn)) this.#turn = { kind: "unknown" };
  }

  does(status: SourceStatus): void {
    // the rows of a turn come before opencode says that it works; what it said before they were read may come after them
    const isUnread = ["none", "unknown", "interrupted"].includes(this.#turn.kind);
    if (status.type !== "idle" && isUnread) this.#turn = { kind: "open" };
    if (status.type === "idle" && this.#turn.kind === "open") this.#turn = { kind: "unknown" };
    this.#doing = status;
  }

  /**
   * Takes a message's row, and says whether it is one of the newest turn. The newest message is the one whose first row
   * came last: who posts a prompt chooses its id, by a clock of his own.
   */
  message(message: SourceMessage, isFirst: boolean, how: HowItEnded): boolean {
    const newest = this.#newestMessageId;
    if (!isFirst && (message.id !== newest || message.role === "user")) return false;
    // only an end, or opencode at work, shows that a turn was not interrupted: rows without one may be of the run that is over
    const isSame = message.id === newest || this.#turn.kind === "interrupted";
    // L2
    this.#turn = isSame ? laterTurn(this.#turn, turnOf(message, how)) : turnOf(message, how);
    this.#newestMessageId = message.id;
    return true;
  }

  /** An abort of a session that rests says nothing of its turn. */
  failed(error: SourceError): void {
    const how = failed(error);
    if (how.kind !== "aborted" || !isOver(this.#turn)) this.#turn = how;
  }

  /** Somebody stopped it on purpose. */
  aborted(): void {
    if (!isOver(this.#turn)) this.#turn = { kind: "aborted" };
  }

  #interrupt(why: keyof typeof INTERRUPTIONS): void {
    this.#turn = { kind: "interrupted", name: INTERRUPTED_ERROR, message: INTERRUPTIONS[why] };
  }

  /** It lives again: what it does is known when opencode says it. */
  revive(): void {
    this.#doing = undefined;
  }
}
