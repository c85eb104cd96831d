import { setTimeout as delay } from "node:timers/promises";
import type { CommandReply, InteractionView } from "@hal/protocol";
import { Random } from "../chaos/random.ts";
import type { Agent } from "../harness/agent.ts";
import { comesRight } from "../harness/comes-right.ts";
import { eventually } from "../harness/eventually.ts";
import { OpencodeTap } from "../harness/opencode-tap.ts";
import { Stage } from "../harness/stage.ts";
import { type Answered, judgeAnswers } from "./judge-answers.ts";

/** What a round kills, and when. */
export interface Kill {
  readonly programs: readonly ("supervisor" | "agent")[];
  /** while interactions are raised, before anybody answers, or while two surfaces answer */
  readonly when: "asking" | "waiting" | "answering";
}

type Reply = "once" | "reject" | "answer";

/** Exit codes of halctl after which nobody knows what became of an answer. */
const EXIT_UNREACHABLE = 3;
const EXIT_TIMED_OUT = 6;

/** Each has a session of its own, so that no interaction waits for another one. */
const PROJECTS = ["one", "two", "three", "four", "five"] as const;

/** How long everything may take to come right after a kill. */
const SETTLE_MS = 120_000;

export interface AnswersOptions {
  readonly opencode: string;
  /** so many interactions at least */
  readonly interactions: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface AnswersReport {
  readonly interactions: number;
  /** how often what was killed when */
  readonly kills: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

/** Raises interactions, answers each from two surfaces at once, and judges them by what opencode heard. */
export class Answers implements AsyncDisposable {
  readonly stage: Stage;
  readonly agent: Agent;
  readonly #tap: OpencodeTap;
  readonly #random: Random;
  #raised = 0;

  private constructor(stage: Stage, agent: Agent, heard: { readonly tap: OpencodeTap; readonly random: Random }) {
    this.stage = stage;
    this.agent = agent;
    this.#tap = heard.tap;
    this.#random = heard.random;
  }

  static async open({ opencode, seed }: Pick<AnswersOptions, "opencode" | "seed">): Promise<Answers> {
    const stage = await Stage.open(opencode);
    const permission = { bash: { "*": "allow", "git *": "ask" } };
    const agent = stage.agent("ida", { projects: PROJECTS, permission, logLevel: "info" });
    await stage.startSupervisor();
    agent.start();
    await stage.nodeUp(agent);
    const tap = await OpencodeTap.open(agent.opencode().address);
    return new Answers(stage, agent, { tap, random: new Random(seed) });
  }

  /** One interaction in each project, and one kill; what is wrong afterwards. */
  async round(kill: Kill): Promise<string[]> {
    const raising = Promise.all(PROJECTS.map((project) => this.raise(project)));
    if (kill.when === "asking") await this.#kill(kill.programs);
    const sessions = await raising;
    const open = await Promise.all(sessions.map((session) => this.#asked(session)));
    if (kill.when === "waiting") await this.#kill(kill.programs);
    const answering = Promise.all(open.map((interaction) => this.#answer(interaction)));
    if (kill.when === "answering") await this.#kill(kill.programs);
    await answering;
    await this.stage.nodeUp(this.agent);
    const lostAgent = kill.when !== "asking" && kill.programs.includes("agent");
    const answered = open.map(({ id, session_id: session }): Answered => ({
      interactionId: id,
      sessionId: session,
      lostAgent,
    }));
    return comesRight(async () => (await Promise.all(answered.map((one) => this.judge(one)))).flat(), SETTLE_MS);
  }

  /** What is wrong with one interaction now. */
  async judge(answered: Answered): Promise<string[]> {
    const problems = await judgeAnswers(this.stage, this.#tap, answered);
    const { status, reason } = await this.stage.session(answered.sessionId);
    if (status !== "idle") problems.push(`${answered.sessionId} is ${status} (${reason}), and nothing waits`);
    return problems;
  }

  /** A new session that asks for a permission, or asks a question. */
  async raise(project: string): Promise<string> {
    this.#raised += 1;
    const asks = this.#random.chance(0.7)
      ? `[[tool: bash ${JSON.stringify({ command: `git status # ${this.#raised}`, description: "look" })}]]`
      : `[[tool: question ${JSON.stringify({ questions: [{ question: "Which?", header: "Which", options: [{ label: "A", description: "a" }] }] })}]]`;
    const prompt = `${asks} [[say: on]]`;
    let key = `${project}-${this.#raised}`;
    return this.#persist(async () => {
      const { session_id: id, command } = await this.stage.post<CommandReply>("/sessions", { project, prompt }, key);
      if (id !== null) return id;
      // one that its agent did not live to start is started anew
      if (command.finished_at !== null) key = `${key}-again`;
      throw new Error(`${command.id} is ${command.state}: ${command.reason}`);
    });
  }

  #asked(session: string): Promise<InteractionView> {
    return this.#persist(async () => {
      const [open] = await this.stage.api<InteractionView[]>(`/interactions?session=${session}`);
      if (open === undefined) throw new Error(`${session} asks nothing`);
      return open;
    });
  }

  /** Two people answer, each with an answer of his own; who does not hear what became of it answers once more. */
  async #answer({ id, kind }: InteractionView): Promise<void> {
    const reply = (): Reply => (kind === "question" ? "answer" : this.#random.pick(["once", "reject"]));
    const [terminal, http] = [reply(), reply()];
    const waits = [this.#random.between(0, 100), this.#random.between(0, 400)];
    await Promise.all([
      delay(waits[0]).then(() => this.#persist(() => this.#byTerminal(id, terminal))),
      delay(waits[1]).then(() => this.#persist(() => this.#byHttp(id, http))),
    ]);
  }

  async #byTerminal(id: string, reply: Reply): Promise<void> {
    const words = { once: ["allow", id], reject: ["deny", id], answer: ["answer", id, "A"] }[reply];
    const { code, stderr } = await this.stage.halctl.run("interactions", ...words);
    if (code === EXIT_UNREACHABLE || code === EXIT_TIMED_OUT) throw new Error(`halctl ended with ${code}: ${stderr}`);
  }

  async #byHttp(id: string, reply: Reply): Promise<void> {
    const answers = reply === "answer" ? { answers: [["A"]] } : {};
    try {
      await this.stage.post<CommandReply>(`/interactions/${id}/answer`, { reply, ...answers });
    } catch (error) {
      // a refusal is an answer, too
      if (!(error instanceof Error) || !/: 4\d\d /.test(error.message)) throw error;
    }
  }

  /** Does it again while the supervisor is away. */
  #persist<T>(act: () => Promise<T>): Promise<T> {
    return eventually(act, SETTLE_MS);
  }

  async #kill(programs: Kill["programs"]): Promise<void> {
    await delay(this.#random.between(0, 600));
    for (const program of programs)
      await (program === "supervisor" ? this.stage.supervisor.kill() : this.agent.program.kill());
    await delay(this.#random.between(0, 500));
    for (const program of programs) {
      if (program === "supervisor") await this.stage.startSupervisor();
      else this.agent.start();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tap[Symbol.asyncDispose]();
    await this.stage[Symbol.asyncDispose]();
  }
}

const KILLS: readonly Kill[] = (["asking", "waiting", "answering"] as const).flatMap((when) =>
  ([["supervisor"], ["agent"], ["supervisor", "agent"]] as const).map((programs) => ({ when, programs })),
);

/** Rounds of interactions until there are so many. */
export async function runAnswers(options: AnswersOptions, signal: AbortSignal): Promise<AnswersReport> {
  const { interactions, seed, say } = options;
  const random = new Random(seed);
  await using answers = await Answers.open(options);
  const kills: Record<string, number> = {};
  const problems: string[] = [];
  let done = 0;
  while (done < interactions && !signal.aborted) {
    const kill = random.pick(KILLS);
    const name = `${kill.programs.join(" and ")} while ${kill.when}`;
    kills[name] = (kills[name] ?? 0) + 1;
    const found = await answers.round(kill).catch((error: unknown) => [String(error)]);
    done += PROJECTS.length;
    say(`${done}: ${name}: ${found.length === 0 ? "each has one answer" : found.join("; ")}`);
    problems.push(...found);
    if (found.length > 0) {
      for (const line of answers.stage.logs) say(line);
      break;
    }
  }
  return { interactions: done, kills, problems };
}
