import type { Logger } from "@hal/daemon";
import { describeStorageProblem, isStorageProblem } from "@hal/store/agent";

/** Where one is kept, and how it is spoken of. */
export interface Keeping<T> {
  readonly read: () => Promise<readonly T[]>;
  readonly write: (all: readonly T[]) => Promise<void>;
  readonly log: Logger;
  /** how much it matters to an operator that it changed; `info` where nothing is said */
  readonly level?: "info" | "debug";
  readonly say: {
    /** what a line of the log shows of it */
    readonly shown: (all: readonly T[]) => object;
    readonly changed: string;
    readonly unsaved: string;
    readonly tooOld: string;
  };
}

/**
 * What the supervisor says of one thing, by which this agent goes also while that is away.
 *
 * What holds here:
 *
 * - K1 What is said counts at once, and takes the place of all that was said before.
 * - K2 It is on the disk, so that it holds in a later life of the agent, too.
 * - K3 A supervisor that does not have it could take none of it back: while it is the one that is connected it does not count.
 */
export class KeptBriefing<T> {
  readonly #keeping: Keeping<T>;
  #all: readonly T[] = [];
  #isSaved = true;
  #counts = true;
  /** called when what counts has changed */
  onChange: () => void = () => undefined;

  constructor(keeping: Keeping<T>) {
    this.#keeping = keeping;
  }

  /** Takes up what an earlier run kept. K2 */
  async load(): Promise<void> {
    this.#all = await this.#keeping.read();
  }

  /** All of it, whether it counts or not. */
  get all(): readonly T[] {
    return this.#all;
  }

  /** What counts now. */
  get counting(): readonly T[] {
    return this.#counts ? this.#all : [];
  }

  /** What is on the disk: all of it or nothing. */
  get saved(): readonly T[] {
    return this.#isSaved ? this.#all : [];
  }

  /** A supervisor welcomed this agent. K3 */
  welcomed(isKnownThere: boolean): void {
    const { log, say } = this.#keeping;
    const isNews = this.#counts !== isKnownThere;
    this.#counts = isKnownThere;
    if (!isKnownThere && this.#all.length > 0) log.warn(say.shown(this.#all), say.tooOld);
    else if (isNews) this.onChange();
  }

  /** What holds from now on. K1 */
  async take(said: readonly T[]): Promise<void> {
    const { log, say, level = "info" } = this.#keeping;
    const isNews = JSON.stringify(said) !== JSON.stringify(this.#all);
    if (!isNews && this.#isSaved) return;
    this.#all = said;
    this.#isSaved = false;
    log[level](say.shown(said), say.changed);
    this.onChange();
    try {
      await this.save();
    } catch (error) {
      if (!isStorageProblem(error)) throw error;
      log.error({ problem: describeStorageProblem(error.code) }, say.unsaved);
    }
  }

  /** Brings it to the disk, where it is not there yet. K2 */
  async save(): Promise<void> {
    if (this.#isSaved) return;
    const said = this.#all;
    await this.#keeping.write(said);
    if (said === this.#all) this.#isSaved = true;
  }
}
