import { encodeFrame } from "@hal/protocol";
import { outboxPosition, toldAtItsPlace } from "@hal/store/agent";
import type { Context } from "../context.ts";
import type { SavedSession } from "../capabilities/sessions/domain/saved-session.ts";
import { toldSessions } from "../capabilities/sessions/domain/told-sessions.ts";
import type { OutboxSender } from "./sender.ts";

/** So far apart the told table is shown at least: opencode is compared once a minute. */
const SHOW_EVERY_MS = 50_000;

type Acknowledgements = Pick<OutboxSender, "acknowledgedAt">;

/**
 * Shows the supervisor what the told table says, so that it can compare: after a comparison of opencode, when everything
 * that was told is acknowledged, and not more often than once a minute (protocol §4.11).
 */
export class ToldSender {
  readonly #context: Context;
  readonly #sender: Acknowledgements;
  readonly #send: (text: string) => void;
  #isDue = true;
  #shownAt = Number.NEGATIVE_INFINITY;
  #isShowing = false;
  /** whether the supervisor waits for what was to be told anew */
  #isAwaited = false;
  /** whether something changed while it was looked at */
  #isAskedAgain = false;

  constructor(context: Context, sender: Acknowledgements, send: (text: string) => void) {
    this.#context = context;
    this.#sender = sender;
    this.#send = send;
  }

  /** opencode was compared with what was told. */
  compared(): void {
    this.#isDue = true;
    // a directory that answers late tells its part later
    if (this.#isAwaited && ![...this.#context.book.all()].some(({ tellsAgain }) => tellsAgain)) {
      this.#isAwaited = false;
      this.#shownAt = Number.NEGATIVE_INFINITY;
    }
    this.show();
  }

  /** Something is told anew by the next comparisons: what that came to is shown at once. */
  afterNext(): void {
    this.#isDue = false;
    this.#isAwaited = true;
  }

  /** Shows it, if it is time and everything is acknowledged. */
  show(): void {
    const { clock, log } = this.#context;
    this.#isAskedAgain = this.#isShowing;
    if (this.#isShowing || !this.#isDue || clock.monotonic() - this.#shownAt < SHOW_EVERY_MS) return;
    this.#isShowing = true;
    this.#showNow()
      .catch((error: unknown) => log.error({ error }, "what was told could not be read; it is compared later"))
      .finally(() => {
        this.#isShowing = false;
        if (this.#isAskedAgain) this.show();
      });
  }

  async #showNow(): Promise<void> {
    const { store } = this.#context;
    if (!this.#isTrue || !this.#isAll(await outboxPosition(store))) return;
    const { place, told } = await toldAtItsPlace<SavedSession>(store);
    if (!this.#isTrue || !this.#isAll(place)) return;
    this.#isDue = false;
    this.#shownAt = this.#context.clock.monotonic();
    this.#send(encodeFrame({ type: "told", epoch: place.epoch, seq: place.lastSeq, ...toldSessions(told) }));
  }

  /** A told table that was forgotten says nothing until opencode is compared with it. */
  get #isTrue(): boolean {
    return this.#context.followed.is && !this.#context.book.isForgotten;
  }

  #isAll({ epoch, lastSeq }: { readonly epoch: string; readonly lastSeq: number }): boolean {
    const { acknowledgedAt } = this.#sender;
    return acknowledgedAt.epoch === epoch && acknowledgedAt.seq === lastSeq;
  }
}
