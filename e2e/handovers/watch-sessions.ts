import { setTimeout as delay } from "node:timers/promises";
import type { Agent } from "../harness/agent.ts";
import type { OpencodeSession } from "../harness/opencode.ts";

const EVERY_MS = 25;

/** The root sessions of a directory that are not archived, as opencode says. */
export function liveOf(sessions: readonly OpencodeSession[]): string[] {
  return sessions.filter(({ time, parentID }) => time.archived == null && parentID === undefined).map(({ id }) => id);
}

/** Asks an opencode behind its agent's back, again and again, whether there is ever no session, or ever two at work. */
export class SessionWatch implements AsyncDisposable {
  readonly problems = new Set<string>();
  /** how often it answered */
  looks = 0;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;

  constructor(agent: Agent, directory: string) {
    this.#running = this.#run(agent, directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(agent: Agent, directory: string): Promise<void> {
    while (!this.#ending.signal.aborted) {
      await this.#look(agent, directory);
      await delay(EVERY_MS);
    }
  }

  async #look(agent: Agent, directory: string): Promise<void> {
    try {
      const opencode = agent.opencodeIfAny();
      if (opencode === undefined) return;
      // one answer each, so that each is of one moment
      const live = liveOf(await opencode.sessions(directory));
      if (live.length === 0) this.problems.add("there was a moment without a session");
      if (live.length > 2) this.problems.add(`there was a moment with ${live.length} sessions: ${live.join(" ")}`);
      const working = Object.keys(await opencode.statuses(directory));
      if (working.length > 1) this.problems.add(`there was a moment with two at work: ${working.join(" ")}`);
      this.looks += 1;
    } catch {
      // it was killed just now, or is being started again
    }
  }
}
