import { LIMITS } from "@hal/protocol";
import { acknowledge, type AgentStore, frameAfter, outboxPosition } from "@hal/store/agent";
import type { Clock } from "@hal/daemon";

/** Acknowledgements are kept together for so long: one that a crash forgets costs a few events sent again. */
const SAVE_AFTER_MS = 200;
/** Where the database did not take them. */
const SAVE_AGAIN_MS = 1_000;

/** Sends the outbox in order, a window of frames ahead of the acknowledgements (protocol §4.2, §4.8). */
export class OutboxSender {
  readonly #store: AgentStore;
  readonly #epoch: string;
  readonly #clock: Clock;
  readonly #send: (text: string) => void;
  readonly #onFailure: (error: unknown) => void;
  /** last seq of each frame that is on its way */
  readonly #inFlight: number[] = [];
  #sent: number;
  #again = false;
  #working: Promise<void> | undefined;
  #stopped = false;
  /** whether anything was acknowledged that was not before */
  hasProgressed = false;
  #acknowledged: number;
  #saving: NodeJS.Timeout | undefined;
  #isSaved = true;

  constructor(options: {
    readonly store: AgentStore;
    readonly epoch: string;
    readonly clock: Clock;
    /** what the supervisor has committed: sending begins behind it */
    readonly acknowledged: number;
    readonly send: (text: string) => void;
    readonly onFailure: (error: unknown) => void;
  }) {
    this.#store = options.store;
    this.#epoch = options.epoch;
    this.#clock = options.clock;
    this.#sent = options.acknowledged;
    this.#send = options.send;
    this.#onFailure = options.onFailure;
    this.#acknowledged = options.acknowledged;
    this.#saveLater();
  }

  /** Says that there may be more to send. */
  wake(): void {
    this.#again = true;
    this.#working ??= this.#work()
      .catch((error: unknown) => this.#onFailure(error))
      .finally(() => {
        this.#working = undefined;
      });
  }

  /** Where the acknowledgements are that were heard on this link. */
  get acknowledgedAt(): { readonly epoch: string; readonly seq: number } {
    return { epoch: this.#epoch, seq: this.#acknowledged };
  }

  /** The supervisor has committed everything up to and including `seq`; false where there is no such event. */
  async acknowledged(epoch: string, seq: number): Promise<boolean> {
    if (epoch !== this.#epoch || seq <= this.#acknowledged) return true;
    // more than was sent on this link: only what an earlier link had on its way
    if (seq > this.#sent && seq > (await outboxPosition(this.#store)).lastSeq) return false;
    this.#acknowledged = Math.max(this.#acknowledged, seq);
    this.hasProgressed = true;
    while (this.#inFlight.length > 0 && (this.#inFlight[0] as number) <= seq) this.#inFlight.shift();
    this.#saveLater();
    this.wake();
    return true;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
    await this.#save();
  }

  #saveLater(): void {
    this.#saving ??= setTimeout(
      () => {
        this.#save().catch((error: unknown) => {
          if (this.#isSaved) this.#onFailure(error);
          this.#isSaved = false;
          if (!this.#stopped) this.#saveLater();
        });
      },
      this.#isSaved ? SAVE_AFTER_MS : SAVE_AGAIN_MS,
    );
  }

  async #save(): Promise<void> {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    await acknowledge(this.#store, this.#epoch, this.#acknowledged, this.#clock.now());
    this.#isSaved = true;
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stopped && this.#inFlight.length < LIMITS.windowFrames) {
      this.#again = false;
      const frame = await frameAfter(this.#store, this.#epoch, this.#sent);
      if (frame === undefined || this.#stopped) continue;
      this.#sent = frame.lastSeq;
      this.#inFlight.push(frame.lastSeq);
      this.#send(frame.text);
      this.#again = true;
    }
  }
}
