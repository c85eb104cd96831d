/**
 * Looks again and again at what is stored, one look at a time. Whoever asks while one runs gets another one behind it, which sees what
 * was written before it was asked for.
 */
export class Looks implements AsyncDisposable {
  readonly #look: () => Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  #running: Promise<void> | undefined;
  #isAsked = false;
  #hasEnded = false;

  /** `onFailure` hears why a look came to nothing that nobody waits for */
  constructor(look: () => Promise<void>, onFailure: (error: unknown) => void) {
    this.#look = look;
    this.#onFailure = onFailure;
  }

  /** Whether nothing more is to be begun. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** There may be something to do; returns at once. */
  wake(): void {
    this.now().catch(this.#onFailure);
  }

  /** Looks, after a look that runs just now. */
  async now(): Promise<void> {
    this.#isAsked = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Lets a look come to its end, and begins no other one. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#hasEnded = true;
    await this.#running?.catch(() => undefined); // whoever asked for it hears of it
  }

  async #run(): Promise<void> {
    while (this.#isAsked && !this.#hasEnded) {
      this.#isAsked = false;
      await this.#look();
    }
  }
}
