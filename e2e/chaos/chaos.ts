import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "./faults/fault.ts";
import { Random } from "./random.ts";
import { judge, type Problem, type Verdict } from "./verdict.ts";
import { type Asked, Workload } from "./workload.ts";
import { World } from "./world.ts";

export interface ChaosOptions {
  /** path of the program */
  readonly opencode: string;
  readonly seed: number;
  readonly agents: number;
  /** how long a world may take to settle after its faults */
  readonly settleMs: number;
}

/** What a round came to. */
export interface Round extends Verdict {
  readonly prompts: number;
  /** while people worked and things went wrong */
  readonly troubledMs: number;
  /** from the last fault until nothing was wrong any more */
  readonly settledMs: number;
  /** what was wrong last before that */
  readonly waitedFor: string | undefined;
}

/** A world in which people work and things go wrong, and which is compared with what each opencode holds. */
export class Chaos implements AsyncDisposable {
  readonly world: World;
  readonly #options: ChaosOptions;
  readonly #workload: Workload;
  #rounds = 0;
  #waitedFor: string | undefined;

  private constructor(world: World, options: ChaosOptions) {
    this.world = world;
    this.#options = options;
    this.#workload = new Workload(world, new Random(options.seed + 2));
  }

  static async open(options: ChaosOptions): Promise<Chaos> {
    const world = await World.open(options.opencode, new Random(options.seed + 1), options.agents);
    return new Chaos(world, options);
  }

  /** People work, these things go wrong, all is healed, and the log is compared: of `whole`, not only what changed. */
  async round(faults: readonly Fault[], whole: boolean): Promise<Round> {
    this.#rounds += 1;
    const [since, began] = [Date.now(), performance.now()];
    this.#workload.start();
    const failure = await this.#trouble(faults);
    const healed = performance.now();
    await this.#workload.stop();
    const asked = this.#workload.takeAsked();
    const verdict =
      failure === undefined
        ? await this.#settleAll(asked, since, whole)
        : { problems: [failure], sessions: 0, messages: 0 };
    const problems = [...verdict.problems, ...this.#crashes()];
    const settledMs = performance.now() - healed;
    const [prompts, troubledMs, waitedFor] = [asked.length, healed - began, this.#waitedFor];
    return { ...verdict, problems, prompts, troubledMs, settledMs, waitedFor };
  }

  /** Copies all data and logs. */
  keepEvidence(folder: string): void {
    const { stage } = this.world;
    cpSync(stage.folder, folder, {
      recursive: true,
      filter: (source) => !/\/(projects|cache|ballast)/.test(source),
    });
    writeFileSync(path.join(folder, "programs.log"), stage.logs.join("\n"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }

  /** What kept a fault from happening as it should, or the world from being healed. */
  async #trouble(faults: readonly Fault[]): Promise<Problem | undefined> {
    // each round has numbers of its own, so that one seed means the same however fast the machine is
    const random = new Random(this.#options.seed * 100_003 + this.#rounds);
    const { world } = this;
    const alone = <T>(work: () => Promise<T>): Promise<T> => this.#workload.alone(work);
    let at = "healing";
    try {
      for (const fault of faults) {
        at = fault.name;
        await delay(random.between(200, 1_200));
        await fault.happen({ world, random, agent: random.pick(world.agents), alone });
      }
      at = "healing";
      await world.heal();
      return undefined;
    } catch (error) {
      return { kind: "broken", text: `${at}: ${(error as Error).message}` };
    }
  }

  #crashes(): Problem[] {
    return this.world.crashed().map(({ label, log }) => ({
      kind: "broken",
      text: `${label} ended by itself: ${log.trim().split("\n").at(-1) ?? ""}`,
    }));
  }

  /** All sessions are looked at when those that changed are right: that takes long, and people answer questions meanwhile. */
  async #settleAll(asked: readonly Asked[], since: number, whole: boolean): Promise<Verdict> {
    const changed = await this.#settle(asked, since);
    return whole && changed.problems.length === 0 ? this.#settle(asked, 0) : changed;
  }

  /** Looks until nothing is wrong any more, or the time is over. What is doubled or contradicts itself for good stays. */
  async #settle(asked: readonly Asked[], since: number): Promise<Verdict> {
    const limit = performance.now() + this.#options.settleMs;
    this.#waitedFor = undefined;
    for (;;) {
      const verdict = await this.#look(asked, since);
      this.#waitedFor = verdict.problems[0]?.text ?? this.#waitedFor;
      if (verdict.problems.length === 0 || performance.now() > limit) return verdict;
      await delay(250);
    }
  }

  async #look(asked: readonly Asked[], since: number): Promise<Verdict> {
    try {
      await this.#workload.answerAll();
      const unrest = await this.#unrest();
      // what is judged in the middle of the work is judged again: it only takes time from those who work
      if (unrest.length > 0) return { problems: unrest, sessions: 0, messages: 0 };
      return await judge(this.world, asked, since);
    } catch (error) {
      // an opencode that is being started again, for one
      return { problems: [unresting((error as Error).message)], sessions: 0, messages: 0 };
    }
  }

  async #unrest(): Promise<Problem[]> {
    const problems: Problem[] = [];
    for (const agent of this.world.agents) {
      const working = Object.keys(await agent.opencode().statuses(agent.directoryOf(agent.name)));
      const node = await this.world.node(agent);
      if (working.length > 0) problems.push(unresting(`${working.join(", ")} of ${agent.name} is still at work`));
      if (node.status !== "online") problems.push(unresting(`${agent.name} is ${node.status}: ${node.reason}`));
      if (node.outbox_depth > 0) problems.push(unresting(`${node.outbox_depth} events wait in ${agent.name}'s outbox`));
    }
    return problems;
  }
}

function unresting(text: string): Problem {
  return { kind: "unrest", text: `the world does not come to rest: ${text}` };
}
