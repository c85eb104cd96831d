import { encodeFrame, LIMITS, type SupervisorFrame } from "@hal/protocol";
import type { Clock } from "@hal/daemon";
import type { WebSocket } from "ws";

/** So much may be with the socket before the next of what has time is given to it. */
const AHEAD_BYTES = LIMITS.frameBytes;

/** How much of everything may wait for an agent that does not read. */
const UNREAD_BYTES = 8 * LIMITS.frameBytes;

export const UNREAD = "this agent does not read what it is sent";

/** What one agent is sent: some of it at once, and commands when it has read what came before, in their order. */
export class Outgoing {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #onSent: (type: string, bytes: number) => void;
  #waiting: (() => SupervisorFrame)[] = [];
  /** on the monotonic clock: when the socket took something last, or had nothing to take */
  #movedAt = 0;

  constructor(socket: WebSocket, clock: Clock, onSent: (type: string, bytes: number) => void) {
    this.#socket = socket;
    this.#clock = clock;
    this.#onSent = onSent;
  }

  /** For so long nothing of what waits could be sent; milliseconds. */
  get stuckMs(): number {
    return this.#waiting.length === 0 ? 0 : this.#clock.monotonic() - this.#movedAt;
  }

  /** Sends at once; false where too much waits for the agent already. */
  send(frame: SupervisorFrame): boolean {
    if (this.#socket.bufferedAmount > UNREAD_BYTES) return false;
    this.#write(frame, () => undefined);
    return true;
  }

  /** Sends a frame in its turn, which is made when its turn has come. */
  push(make: () => SupervisorFrame): void {
    if (this.#waiting.length === 0) this.#movedAt = this.#clock.monotonic();
    this.#waiting.push(make);
    this.#pump();
  }

  #pump(): void {
    const { OPEN } = this.#socket;
    let sent = 0;
    while (this.#socket.readyState === OPEN && this.#socket.bufferedAmount < AHEAD_BYTES) {
      const make = this.#waiting[sent];
      if (make === undefined) break;
      sent += 1;
      this.#movedAt = this.#clock.monotonic();
      this.#write(make(), () => this.#pump());
    }
    if (sent > 0) this.#waiting = this.#waiting.slice(sent);
    // the agent hears of all of it again when it is back
    if (this.#socket.readyState !== OPEN) this.#waiting = [];
  }

  #write(frame: SupervisorFrame, onTaken: () => void): void {
    const text = encodeFrame(frame);
    this.#onSent(frame.type, Buffer.byteLength(text));
    this.#socket.send(text, onTaken);
  }
}
