import { sleep } from "@hal/daemon";
import { beginFollowers, setAsideBy } from "@hal/store/supervisor";
import type { Follower } from "./follower.ts";
import { FollowerRun, type FollowerRunOptions, type Stuck } from "./follower-run.ts";

/** An end waits so long for what a follower does just then. */
const END_MS = 5_000;

/** How a named follower is. */
export interface FollowerReport extends Pick<FollowerRun, "setAside"> {
  readonly name: string;
  /** the ids between it and the newest event; what it is not concerned with is among them */
  readonly lagEvents: number;
  readonly stuck: Stuck | undefined;
}

/** All named followers of the event log. */
export class NamedFollowers implements AsyncDisposable {
  readonly #options: FollowerRunOptions;
  readonly #ending = new AbortController();
  #runs: readonly FollowerRun[] = [];
  #running: readonly Promise<void>[] = [];

  constructor(options: FollowerRunOptions) {
    this.#options = options;
  }

  /** Has each go on where it was; a new one begins behind the newest event. */
  async begin(list: readonly Follower[]): Promise<void> {
    const { store, clock, log } = this.#options;
    const names = list.map(({ name }) => name);
    const begun = await beginFollowers(store, names, clock.now());
    const runs: FollowerRun[] = [];
    for (const follower of list) {
      const found = begun.find(({ name }) => name === follower.name);
      if (found === undefined) throw new Error(`the follower ${follower.name} was not begun`);
      if (found.why !== undefined)
        log.warn({ follower: follower.name, why: found.why }, "a follower does all again that is in the log");
      const setAside = await setAsideBy(store, follower.name);
      runs.push(new FollowerRun(follower, { ...found, setAside }, this.#options));
    }
    this.#runs = runs;
    this.#running = this.#runs.map((run) => run.run(this.#ending.signal));
  }

  /** The one of that name; undefined where there is none. */
  find(name: string): FollowerRun | undefined {
    return this.#runs.find(({ follower }) => follower.name === name);
  }

  get reports(): FollowerReport[] {
    const { newestId } = this.#options.events;
    return this.#runs.map(({ follower, place, stuck, setAside }) => ({
      name: follower.name,
      lagEvents: Math.max(0, newestId - place),
      stuck,
      setAside,
    }));
  }

  /** Saves the places as they are now. */
  async savePlaces(): Promise<void> {
    await Promise.all(this.#runs.map((run) => run.savePlace()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.race([Promise.all(this.#running), sleep(END_MS)]);
    await Promise.all(this.#runs.map((run) => run.end()));
  }
}
