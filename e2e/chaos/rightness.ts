import { delaysAfterReconnects, firstComparison } from "./comparisons.ts";
import { type FalseState, FalseStates } from "./false-states.ts";
import type { Problem } from "./problem.ts";
import type { World } from "./world.ts";

/** So long after the first comparison that began when the last fault had ended, what people see must be so. */
const RIGHT_AFTER_MS = 5_000;
/** A stream that lived through the faults is compared only now and then: what is right by then is not waited for longer. */
const WITHOUT_COMPARISON_MS = 10_000;
/** How long a comparison may take to begin when opencode's stream is there again. */
const COMPARED_AFTER_MS = 5_000;

/** The worst of a round, in milliseconds. */
export interface Delays {
  /** from the last fault until an agent began to compare its whole opencode */
  readonly comparedMs: number;
  /** from a reconnect to opencode until a comparison began */
  readonly reconnectMs: number;
  /** how long after that comparison a row was false; above 5 s it is a problem */
  readonly falseMs: number;
}

/** Watches after a round whether what people see becomes right in time. */
export class Rightness {
  readonly #world: World;
  readonly #mendedAt: number;
  readonly #states: FalseStates;
  readonly #problems = new Map<string, Problem>();
  #lookedAt = 0;
  #falseMs = 0;
  /** undefined where it is not known */
  #wrong: readonly FalseState[] | undefined;

  constructor(world: World, { since, mendedAt }: { readonly since: number; readonly mendedAt: number }) {
    this.#world = world;
    this.#mendedAt = mendedAt;
    this.#states = new FalseStates(world, since);
  }

  /** Compares once more; where somebody does not answer nothing is known. */
  async look(): Promise<void> {
    const states = await this.#states.look().catch((): undefined => undefined);
    this.#wrong = states;
    this.#lookedAt = Date.now();
    for (const state of states ?? []) this.#note(state);
  }

  /** Whether it is known that everything is right, and was in time. */
  get isOver(): boolean {
    const late = this.#world.agents.every((agent) => {
      const compared = firstComparison(agent, this.#mendedAt);
      return compared === undefined
        ? this.#lookedAt - this.#mendedAt > WITHOUT_COMPARISON_MS
        : this.#lookedAt - compared.beganAt > RIGHT_AFTER_MS;
    });
    return this.#problems.size > 0 || (late && this.#wrong?.length === 0);
  }

  problems(): Problem[] {
    const { reconnectMs } = this.delays;
    const slow: Problem[] =
      reconnectMs > COMPARED_AFTER_MS
        ? [{ kind: "false state", text: `a comparison began only ${reconnectMs} ms after a reconnect` }]
        : [];
    const found = [...this.#problems.values(), ...slow];
    if (found.length > 0 || this.isOver) return found;
    const wrong = this.#wrong?.map(({ text }) => text) ?? ["somebody does not say what is so"];
    return wrong.map((text) => ({ kind: "false state", text: `${text}, and nothing was compared` }));
  }

  get delays(): Delays {
    const { agents } = this.#world;
    const compared = agents.map(
      (agent) => (firstComparison(agent, this.#mendedAt)?.beganAt ?? this.#mendedAt) - this.#mendedAt,
    );
    const reconnects = agents.flatMap((agent) => delaysAfterReconnects(agent, this.#mendedAt));
    return { comparedMs: Math.max(0, ...compared), reconnectMs: Math.max(0, ...reconnects), falseMs: this.#falseMs };
  }

  #note({ agent, key, text, seenAt }: FalseState): void {
    const compared = firstComparison(agent, this.#mendedAt);
    if (compared === undefined) return;
    const afterMs = seenAt - compared.beganAt;
    this.#falseMs = Math.max(this.#falseMs, afterMs);
    if (afterMs <= RIGHT_AFTER_MS) return;
    this.#problems.set(key, { kind: "false state", text: `${text}, ${afterMs} ms after a comparison began` });
  }
}
