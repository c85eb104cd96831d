import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "./faults/fault.ts";
import type { Problem } from "./problem.ts";
import { Random } from "./random.ts";
import { type Delays, Rightness } from "./rightness.ts";
import { judge, type Verdict } from "./verdict.ts";
import { Witness } from "./witness.ts";
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
  readonly delays: Delays;
}

/** A world in which people work and things go wrong, and which is compared with what each opencode holds. */
export class Chaos implements AsyncDisposable {
  readonly world: World;
  readonly #options: ChaosOptions;
  readonly #workload: Workload;
  readonly #witness: Witness;
  #rounds = 0;
  #waitedFor: string | undefined;

  private constructor(world: World, options: ChaosOptions) {
    this.world = world;
    this.#options = options;
    this.#workload = new Workload(world, new Random(options.seed + 2));
    this.#witness = new Witness(world);
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
    const failures = await this.#trouble(faults);
    const [mended, mendedAt] = [performance.now(), Date.now()];
    const watch = new Rightness(this.world, { since, mendedAt });
    const stuck = await this.#up();
    await this.#workload.stop();
    // an agent that was away, and a copy that was restored, may have brought back what was released
    if (stuck === undefined) await this.#workload.post("/holds/release", { all: true });
    const asked = this.#workload.takeAsked();
    const verdict =
      stuck === undefined
        ? await this.#settleAll(asked, { since, whole, watch })
        : { problems: [stuck], sessions: 0, messages: 0 };
    const seen = [...this.#witness.take(), ...this.world.lives.take()];
    const problems = [...failures, ...verdict.problems, ...seen, ...watch.problems(), ...this.#crashes()];
    const settledMs = performance.now() - mended;
    const [prompts, troubledMs, waitedFor] = [asked.length, mended - began, this.#waitedFor];
    return { ...verdict, problems, prompts, troubledMs, settledMs, waitedFor, delays: watch.delays };
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
    await this.#witness[Symbol.asyncDispose]();
    await this.world[Symbol.asyncDispose]();
  }

  /** What was wrong while a fault happened, or kept the world from being mended. */
  async #trouble(faults: readonly Fault[]): Promise<Problem[]> {
    // each round has numbers of its own, so that one seed means the same however fast the machine is
    const random = new Random(this.#options.seed * 100_003 + this.#rounds);
    const { world } = this;
    const scene = { world, random, workload: this.#workload };
    const alone = <T>(work: () => Promise<T>): Promise<T> => this.#workload.alone(work);
    const problems: Problem[] = [];
    const attempt = async (name: string, act: () => Promise<void>): Promise<void> => {
      try {
        await act();
      } catch (error) {
        problems.push({ kind: "broken", text: `${name}: ${(error as Error).message}` });
      }
    };
    for (const fault of faults) {
      await delay(random.between(200, 1_200));
      const agent = random.pick(world.agents);
      await attempt(fault.name, () => fault.happen({ ...scene, agent, alone }));
    }
    await attempt("mending", () => world.mend());
    return problems;
  }

  #crashes(): Problem[] {
    return this.world.crashed().map(({ label, log }) => ({
      kind: "broken",
      text: `${label} ended by itself: ${log.trim().split("\n").at(-1) ?? ""}`,
    }));
  }

  async #up(): Promise<Problem | undefined> {
    return this.world.up().then(
      () => undefined,
      (error: unknown) => ({ kind: "broken", text: `coming up: ${(error as Error).message}` }),
    );
  }

  /** All sessions are looked at when those that changed are right: that takes long, and people answer questions meanwhile. */
  async #settleAll(
    asked: readonly Asked[],
    { since, whole, watch }: { readonly since: number; readonly whole: boolean; readonly watch: Rightness },
  ): Promise<Verdict> {
    const changed = await this.#settle(asked, since, watch);
    return whole && changed.problems.length === 0 ? this.#settle(asked, 0, watch) : changed;
  }

  /** Looks until nothing is wrong any more, or the time is over. What is doubled or contradicts itself for good stays. */
  async #settle(asked: readonly Asked[], since: number, watch: Rightness): Promise<Verdict> {
    const limit = performance.now() + this.#options.settleMs;
    this.#waitedFor = undefined;
    for (;;) {
      await watch.look();
      const verdict = await this.#look(asked, since);
      this.#waitedFor = verdict.problems[0]?.text ?? this.#waitedFor;
      if ((verdict.problems.length === 0 && watch.isOver) || performance.now() > limit) return verdict;
      await delay(250);
    }
  }

  async #look(asked: readonly Asked[], since: number): Promise<Verdict> {
    try {
      await this.#workload.answerAll();
      const unrest = await this.#unrest();
      // what is judged in the middle of the work is judged again: it only takes time from those who work
      if (unrest.length > 0) return { problems: unrest, sessions: 0, messages: 0 };
      const verdict = await judge(this.world, asked, since);
      const told = [...this.#witness.missed(), ...(await this.world.lives.accepted())];
      return { ...verdict, problems: [...verdict.problems, ...told] };
    } catch (error) {
      // an opencode that is being started again, for one
      return { problems: [unresting((error as Error).message)], sessions: 0, messages: 0 };
    }
  }

  async #unrest(): Promise<Problem[]> {
    const problems: Problem[] = [];
    for (const agent of this.world.agents) {
      const statuses = await Promise.all(agent.directories.map((directory) => agent.opencode().statuses(directory)));
      const working = statuses.flatMap((one) => Object.keys(one));
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
