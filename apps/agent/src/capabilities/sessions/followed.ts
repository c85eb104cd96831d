import { Wakeup } from "@hal/daemon";

/** Whether opencode has been compared with what was told, and is heard since: what is known of sessions is true then. */
export class Followed {
  readonly #wakeup = new Wakeup();
  #is = false;
  /** has opencode compared once more */
  onDoubt: () => void = () => undefined;
  /** called when opencode was compared, and what that told is on the disk */
  onCompared: () => void = () => undefined;

  get is(): boolean {
    return this.#is;
  }

  set is(is: boolean) {
    this.#is = is;
    if (is) this.#wakeup.notify();
  }

  /** Resolves when it is, or `signal` aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    while (!this.#is && !signal.aborted) await this.#wakeup.arm(signal);
  }
}
