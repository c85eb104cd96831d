import { setTimeout as delay } from "node:timers/promises";
import type { InteractionView, SessionView } from "@hal/protocol";
import type { Agent } from "../harness/agent.ts";
import { Stage } from "../harness/stage.ts";
import { Bystander } from "./bystander.ts";
import type { FuzzOptions, FuzzReport } from "./fuzz.ts";
import { whatIsUnsound, whatSteersTerminals } from "./soundness.ts";
import { Wild } from "./wild.ts";

const AT_ONCE = 3;
/** What a busy machine may take for an answer. */
const ANSWER_MS = 60_000;
const SOUND_EVERY_MS = 60_000;
/** What is under way when all is looked at may end first. */
const REST_MS = { brief: 2_000, long: 10_000 };

/** A model that writes what it likes, through a real opencode, agent and supervisor, to a person's terminal. */
export async function fuzzWithWritingModel(options: FuzzOptions): Promise<FuzzReport> {
  const stage = await Stage.open(options.opencode);
  const said: Record<string, number> = {};
  const problems: string[] = [];
  try {
    await stage.startSupervisor();
    const agent = stage.agent("author", { permission: { bash: { "*": "ask" } } });
    agent.start();
    await stage.nodeUp(agent);
    const bystander = await Bystander.open(stage);
    const author = new Author(stage, agent, options.seed, said);
    const limit = performance.now() + options.durationMs;
    while (performance.now() < limit && problems.length === 0) {
      await author.write(
        Math.min(SOUND_EVERY_MS, limit - performance.now()),
        REST_MS[options.isBrief ? "brief" : "long"],
      );
      problems.push(
        ...(await bystander.whatChanged()),
        ...(await whatSteersTerminals(stage, options.isBrief)),
        ...(await whatIsUnsound(stage)),
      );
      for (const { label } of stage.runs.filter(({ hasCrashed }) => hasCrashed))
        problems.push(`${label} ended by itself`);
      options.say(`${JSON.stringify(said)}: ${problems.length} problems`);
    }
    bystander.close();
  } catch (error) {
    problems.push((error as Error).stack ?? String(error));
  } finally {
    await stage[Symbol.asyncDispose]();
  }
  return { said, problems };
}

/** Prompts whose scripts make the model write wild things, and answers to what it asks. */
class Author {
  readonly #stage: Stage;
  readonly #agent: Agent;
  readonly #wild: Wild;
  readonly #said: Record<string, number>;

  constructor(stage: Stage, agent: Agent, seed: number, said: Record<string, number>) {
    this.#stage = stage;
    this.#agent = agent;
    this.#wild = new Wild(seed);
    this.#said = said;
  }

  /** For so long, with some prompts at once, and then a rest. */
  async write(forMs: number, restMs: number): Promise<void> {
    const limit = performance.now() + forMs;
    const prompting = Array.from({ length: AT_ONCE }, async () => {
      while (performance.now() < limit) await this.#prompt();
    });
    await Promise.all([this.#answer(limit + restMs), ...prompting]);
  }

  async #prompt(): Promise<void> {
    const wild = this.#wild;
    const text = `${wild.text(200)} ${this.#script()}`;
    const sessions = (await this.#stage.api<SessionView[]>("/sessions?limit=20")).filter(
      ({ project, status }) => project === this.#agent.name && status !== "ended" && status !== "waiting",
    );
    const known = sessions.length > 4 ? wild.pick(sessions).id : undefined;
    await (known === undefined
      ? this.#post("/sessions", {
          project: this.#agent.name,
          prompt: text,
          ...(wild.chance(0.5) ? { title: wild.text(300) } : {}),
        })
      : this.#post(`/sessions/${known}/prompt`, { text }));
    await delay(300);
  }

  #script(): string {
    const wild = this.#wild;
    const make = wild.pick<() => string>([
      () => this.#counted("words", `[[say: ${bracketless(wild.text())}]]`),
      () =>
        this.#counted(
          "long words",
          `[[say: ${bracketless(wild.pick(["\u202E", "long ", "\u001B[1m"]).repeat(30_000))}]]`,
        ),
      () => this.#tool("bash", { command: `echo ${wild.text(100)}`, description: wild.text(100) }),
      () => this.#tool("bash", wild.json(2)),
      () => this.#tool(wild.text(30).replaceAll(/[\s[\]{}]/g, "") || "constructor", wild.json(2)),
      () => this.#tool("read", { filePath: wild.text(80) }),
      () => this.#tool("write", { filePath: `wild-${wild.between(1, 9)}.txt`, content: wild.text() }),
      () =>
        this.#tool("todowrite", {
          todos: [1, 2, 3].map((id) => ({
            id: String(id),
            content: wild.text(100),
            status: wild.pick(["pending", "constructor", "__proto__", wild.text(20)]),
            priority: wild.pick(["high", "toString", wild.text(20)]),
          })),
        }),
      () =>
        this.#tool("question", {
          questions: [
            {
              question: wild.text(200),
              header: wild.text(20),
              options: [1, 2].map((n) => ({ label: `${n}${wild.text(40)}`, description: wild.text(80) })),
            },
          ],
        }),
      () => this.#counted("error", `[[error: ${wild.pick([400, 401, 403, 418])}]]`),
      () => this.#counted("drop", "[[drop]]"),
      () =>
        this.#counted("usage", `[[usage: in=${wild.between(0, 10 ** 9)} out=5 cached=0 reasoning=0]] [[say: dear]]`),
    ]);
    return make();
  }

  #tool(name: string, args: unknown): string {
    return this.#counted(
      `tool ${/^[a-z]+$/.test(name) ? name : "of any name"}`,
      `[[tool: ${name} ${JSON.stringify(args)}]] [[say: so]]`,
    );
  }

  #counted(kind: string, script: string): string {
    this.#said[kind] = (this.#said[kind] ?? 0) + 1;
    return script;
  }

  async #answer(until: number): Promise<void> {
    const wild = this.#wild;
    // some wait for a person while all is looked at
    while (performance.now() < until) {
      const open = await this.#stage.api<InteractionView[]>("/interactions?state=open&limit=1000");
      const own = open.filter(({ project }) => project === this.#agent.name);
      for (const { id, kind } of own.slice(3)) {
        const reply =
          kind === "permission"
            ? { reply: wild.pick(["once", "reject"]), ...(wild.chance(0.5) ? { message: wild.text(200) } : {}) }
            : wild.pick([{ reply: "reject" }, { reply: "answer", answers: [[wild.text(100)]] }]);
        await this.#post(`/interactions/${id}/answer`, reply);
      }
      await delay(500);
    }
  }

  async #post(route: string, body: object): Promise<void> {
    const { ports, token } = this.#stage;
    const response = await fetch(`http://127.0.0.1:${ports.http}/api/v1${route}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ ...body, wait_ms: 0 }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (response.status === 500)
      throw new Error(`POST ${route} of ${JSON.stringify(body).slice(0, 500)}: ${await response.text()}`);
    await response.body?.cancel();
  }
}

/** A script ends at its bracket. */
function bracketless(text: string): string {
  return text.replaceAll(/[[\]{}]/g, "");
}
