import { setTimeout as delay } from "node:timers/promises";
import type { CommandReply, CommandView } from "@hal/protocol";
import { Random } from "../chaos/random.ts";
import type { Agent } from "../harness/agent.ts";
import { comesRight } from "../harness/comes-right.ts";
import { eventually } from "../harness/eventually.ts";
import { Stage } from "../harness/stage.ts";
import { HANDOVER_IN_WORDS, WRITES_DOWN } from "./handover-script.ts";
import { judgeRestart, type Restarted } from "./judge-restart.ts";
import { SessionWatch } from "./watch-sessions.ts";
import { at, type Step, STEPS } from "./watch-steps.ts";

export const PROGRAMS = ["supervisor", "agent", "opencode"] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** A step, and what is killed in it. */
export interface Pair {
  readonly step: Step;
  readonly program: ProgramName;
}

export const PAIRS: readonly Pair[] = STEPS.flatMap((step) => PROGRAMS.map((program) => ({ step, program })));

const PROJECT = "engine";

/** How long everything may take to come right after a kill. */
const SETTLE_MS = 120_000;

/** How long what is told last may be on its way to the screen. */
const RIGHT_MS = 20_000;

/** Each pair is killed in so often at least. */
const TIMES = 2;

export interface HandoversOptions {
  readonly opencode: string;
  readonly rounds: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface HandoversReport {
  readonly rounds: number;
  /** how often each program was killed in each step */
  readonly kills: Readonly<Record<string, number>>;
  /** how handovers came out */
  readonly handovers: Readonly<Record<string, number>>;
  /** how often opencode was looked at in the middle of a restart */
  readonly looks: number;
  readonly problems: readonly string[];
}

/** Restarts one session after the other, kills something in the middle of each, and judges each by what opencode holds. */
export class Handovers implements AsyncDisposable {
  readonly stage: Stage;
  readonly kills = new Map<string, number>();
  readonly handovers = new Map<string, number>();
  looks = 0;
  readonly agent: Agent;
  readonly #random: Random;
  #session = "";
  #last: Restarted | undefined;
  #round = 0;

  private constructor(stage: Stage, agent: Agent, random: Random) {
    this.stage = stage;
    this.agent = agent;
    this.#random = random;
  }

  static async open({ opencode, seed }: Pick<HandoversOptions, "opencode" | "seed">): Promise<Handovers> {
    const stage = await Stage.open(opencode);
    stage.provider.learn(HANDOVER_IN_WORDS, WRITES_DOWN);
    const agent = stage.agent("ada", { projects: [PROJECT], permission: { "*": "allow" }, logLevel: "info" });
    await stage.startSupervisor();
    agent.start();
    await stage.nodeUp(agent);
    const handovers = new Handovers(stage, agent, new Random(seed));
    const { session_id: id } = await stage.post<CommandReply>("/sessions", {
      project: PROJECT,
      prompt: "[[say: begun]]",
    });
    handovers.#session = id as string;
    return handovers;
  }

  /** One restart with one kill in it; what is wrong afterwards. */
  async round(pair: Pair): Promise<string[]> {
    this.#round += 1;
    const { stage } = this;
    const old = this.#session;
    const isPlain = pair.step !== "handover" && this.#random.between(1, 4) === 1;
    await this.#gives(old, isPlain);
    const before = await this.agent.opencode().messages(old);
    const asked = await stage.post<CommandReply>(`/sessions/${old}/restart`, { wait_ms: 0, plain: isPlain });
    await using watch = new SessionWatch(this.agent, this.agent.directoryOf(PROJECT));
    const slices = this.#random.between(0, pair.step === "handover" ? 400 : 6);
    const where = await at(this.agent, asked.command.id, {
      step: pair.step,
      slices,
      act: () => this.#kill(pair.program),
    });
    this.#count(this.kills, `${where} × ${pair.program}`);
    await this.#revive(pair.program);
    const command = await eventually(async () => {
      const found = await stage.api<CommandView>(`/commands/${asked.command.id}`);
      if (found.finished_at === null) throw new Error(`${found.id} is ${found.state}: ${found.reason}`);
      return found;
    }, SETTLE_MS);
    await stage.nodeUp(this.agent);
    this.#session = ((command.output ?? {}) as { readonly sessionId?: string }).sessionId ?? old;
    await eventually(async () => {
      const { status, reason } = await stage.session(this.#session);
      if (status !== "idle" && status !== "error") throw new Error(`${this.#session} is ${status}: ${reason}`);
    }, SETTLE_MS);
    const { handover } = (command.output ?? {}) as { readonly handover?: { readonly state: string } };
    this.#count(this.handovers, handover?.state ?? "none");
    this.looks += watch.looks;
    this.#last = { project: PROJECT, old, before, command };
    // what its agent tells last may be on its way
    return [...(await comesRight(() => this.judge(), RIGHT_MS)), ...watch.problems];
  }

  /** The session that was restarted last. */
  get lastOld(): string {
    return this.#last?.old ?? "";
  }

  /** What is wrong with the last restart now. */
  async judge(): Promise<string[]> {
    return this.#last === undefined ? [] : judgeRestart(this.stage, this.agent, this.#last);
  }

  /** Gives the session that is to be restarted something to lose; now and then it is at work then. */
  async #gives(session: string, isPlain: boolean): Promise<void> {
    await this.stage.sessionIn(session, "idle").catch(() => this.stage.sessionIn(session, "error"));
    const said = `[[say: what was said in round ${this.#round}]]`;
    const works = this.#random.between(1, 3) === 1;
    const command = `sleep ${isPlain ? 100 : 3}`;
    const tool = `[[tool: bash ${JSON.stringify({ command, description: "works" })}]]`;
    await this.stage.post(`/sessions/${session}/prompt`, { text: works ? `${tool} ${said}` : said });
    await (works ? this.stage.sessionIn(session, "busy") : this.stage.sessionIn(session, "idle"));
  }

  async #kill(program: ProgramName): Promise<void> {
    if (program === "supervisor") await this.stage.supervisor.kill();
    else if (program === "agent") await this.agent.program.kill();
    else process.kill(this.agent.opencode().pid, "SIGKILL");
  }

  /** Its agent starts an opencode again by itself. */
  async #revive(program: ProgramName): Promise<void> {
    await delay(this.#random.between(0, 1_000));
    if (program === "supervisor") await this.stage.startSupervisor();
    else if (program === "agent") this.agent.start();
  }

  #count(counts: Map<string, number>, name: string): void {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
  }
}

/** So many rounds, and as many more as it takes to kill each program twice in each step. */
export async function runHandovers(options: HandoversOptions, signal: AbortSignal): Promise<HandoversReport> {
  const { rounds, seed, say } = options;
  const random = new Random(seed);
  await using handovers = await Handovers.open(options);
  const problems: string[] = [];
  const killed = ({ step, program }: Pair): number => handovers.kills.get(`${step} × ${program}`) ?? 0;
  let done = 0;
  while (
    !signal.aborted &&
    (done < rounds || (rounds >= PAIRS.length * TIMES && PAIRS.some((one) => killed(one) < TIMES)))
  ) {
    if (done >= rounds * 2) {
      problems.push(
        `some pairs were never killed in: ${PAIRS.filter((one) => killed(one) < TIMES)
          .map(nameOf)
          .join(", ")}`,
      );
      break;
    }
    const least = Math.min(...PAIRS.map(killed));
    const pair = random.pick(PAIRS.filter((one) => killed(one) === least));
    const found = await handovers.round(pair).catch((error: unknown) => {
      for (const line of handovers.stage.logs) say(line);
      return [`${nameOf(pair)}: ${error instanceof Error ? error.message : String(error)}`];
    });
    done += 1;
    say(`${done}: ${nameOf(pair)}: ${found.length === 0 ? "one session, nothing lost" : found.join("; ")}`);
    problems.push(...found.map((problem) => `round ${done}, ${nameOf(pair)}: ${problem}`));
    // the next one would go on with what is wrong
    if (found.length > 0) break;
  }
  return {
    rounds: done,
    kills: inOrder(handovers.kills),
    handovers: inOrder(handovers.handovers),
    looks: handovers.looks,
    problems,
  };
}

function inOrder(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].toSorted(([one], [other]) => one.localeCompare(other)));
}

function nameOf({ step, program }: Pair): string {
  return `${program} killed at ${step}`;
}
