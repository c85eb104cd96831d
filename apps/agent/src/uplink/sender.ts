import { encodeFrame, LIMITS } from "@hal/protocol";
import { acknowledge, type AgentStore, outboxAfter } from "@hal/store/agent";

/** Sends the outbox in order, a window of frames ahead of the acknowledgements (protocol §4.2, §4.8). */
export class OutboxSender {
  readonly #store: AgentStore;
  readonly #epoch: string;
  readonly #send: (text: string) => void;
  readonly #onFailure: (error: unknown) => void;
  /** last seq of each frame that is on its way */
  readonly #inFlight: number[] = [];
  #sent: number;
  #again = false;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(options: {
    readonly store: AgentStore;
    readonly epoch: string;
    /** what the supervisor has committed: sending begins behind it */
    readonly acknowledged: number;
    readonly send: (text: string) => void;
    readonly onFailure: (error: unknown) => void;
  }) {
    this.#store = options.store;
    this.#epoch = options.epoch;
    this.#sent = options.acknowledged;
    this.#send = options.send;
    this.#onFailure = options.onFailure;
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

  /** The supervisor has committed everything up to and including `seq`. */
  async acknowledged(epoch: string, seq: number): Promise<void> {
    if (epoch !== this.#epoch) return;
    await acknowledge(this.#store, epoch, seq);
    while (this.#inFlight.length > 0 && (this.#inFlight[0] as number) <= seq) this.#inFlight.shift();
    this.wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stopped && this.#inFlight.length < LIMITS.windowFrames) {
      this.#again = false;
      const events = await outboxAfter(this.#store, this.#sent);
      const last = events.at(-1);
      if (last === undefined || this.#stopped) continue;
      this.#sent = last.seq;
      this.#inFlight.push(last.seq);
      this.#send(encodeFrame({ type: "events", epoch: this.#epoch, events }));
      this.#again = true;
    }
  }
}
