import type { StandingRule } from "@hal/protocol";
import type { Logger } from "@hal/daemon";
import { type AgentStore, describeStorageProblem, isStorageProblem, keepRules, keptRules } from "@hal/store/agent";
import { type Judged, judgeRequest, type Verdict } from "./domain/judge-request.ts";

/**
 * The rules by which this node answers requests for permission, whether its supervisor is there or not.
 *
 * What holds here:
 *
 * - R1 What the supervisor says takes the place of all that it said before.
 * - R2 They are on the disk, so that they hold in a later life of the agent, too.
 * - R3 A supervisor that has no rules could remove none: while it is the one that is connected they do not count.
 */
export class StandingRules {
  readonly #store: AgentStore;
  readonly #log: Logger;
  #all: readonly StandingRule[] = [];
  #isSaved = true;
  #counts = true;
  /** called when requests that wait are to be judged once more */
  onChange: () => void = () => undefined;

  constructor(store: AgentStore, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** Takes up what an earlier run kept. R2 */
  async load(): Promise<void> {
    this.#all = await keptRules(this.#store);
  }

  /** A supervisor welcomed this agent. R3 */
  welcomed(hasRules: boolean): void {
    const isNews = this.#counts !== hasRules;
    this.#counts = hasRules;
    if (!hasRules && this.#all.length > 0)
      this.#log.warn("this supervisor is too old to have standing rules; they are kept, and do not count meanwhile");
    else if (isNews) this.onChange();
  }

  /** What holds from now on. R1 */
  async take(rules: readonly StandingRule[]): Promise<void> {
    const isNews = JSON.stringify(rules) !== JSON.stringify(this.#all);
    if (!isNews && this.#isSaved) return;
    this.#all = rules;
    this.#isSaved = false;
    this.#log.info({ rules: rules.length }, "the standing rules have changed");
    this.onChange();
    try {
      await keepRules(this.#store, rules);
      if (rules === this.#all) this.#isSaved = true;
    } catch (error) {
      if (!isStorageProblem(error)) throw error;
      this.#log.error(
        { problem: describeStorageProblem(error.code) },
        "standing rules count, but could not be kept; they are said again at the next connection",
      );
    }
  }

  /** What they answer; undefined where it is for a person. */
  judge(asked: Judged): Verdict | undefined {
    return this.#counts ? judgeRequest(this.#all, asked) : undefined;
  }
}
