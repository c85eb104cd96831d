import { setTimeout as delay } from "node:timers/promises";
import type { CommandReply, CommandView, InteractionView, SessionView } from "@hal/protocol";
import type { Agent } from "../harness/agent.ts";
import { eventually } from "../harness/eventually.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** How much people ask in one round, however long it takes: what they asked must also be done before it can be judged. */
const MOST_ASKED = 15;

/** A first prompt boots the project's part of opencode. */
const STARTED_MS = 40_000;

/** A prompt that was asked for, and how it is recognised in opencode. */
export interface Asked {
  readonly token: string;
  readonly agent: Agent;
  /** undefined where the supervisor refused it */
  readonly commandId: string | undefined;
}

/** People at work: they start sessions, prompt, abort, kill and answer, and repeat what got no reply. */
export class Workload {
  readonly #world: World;
  readonly #random: Random;
  readonly #underWay = new Set<Promise<void>>();
  #asked: Asked[] = [];
  #number = 0;
  #open = Promise.resolve();
  #working = false;
  #loops: Promise<void>[] = [];

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  start(): void {
    this.#working = true;
    this.#loops = [this.#ask(), this.#answer()];
  }

  /** Asks nothing more, and waits for the replies to what was asked. */
  async stop(): Promise<void> {
    this.#working = false;
    await Promise.all(this.#loops);
    await Promise.all(this.#underWay);
  }

  /** Answers what still waits for a person, once. */
  async answerAll(): Promise<void> {
    const open = await this.#world.stage.api<InteractionView[]>("/interactions?state=open");
    for (const { id, kind } of open) {
      const reply = kind === "question" ? { reply: "reject" } : { reply: this.#random.pick(["once", "reject"]) };
      await this.post(`/interactions/${id}/answer`, { ...reply, wait_ms: 0 }).catch(() => undefined);
    }
  }

  /** Runs while nothing is under way. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    let release = (): void => undefined;
    this.#open = new Promise((resolve) => {
      release = resolve;
    });
    try {
      await Promise.all(this.#underWay);
      return await work();
    } finally {
      release();
    }
  }

  /** What was asked since the last call. */
  takeAsked(): Asked[] {
    const asked = this.#asked;
    this.#asked = [];
    return asked;
  }

  async #ask(): Promise<void> {
    while (this.#working) {
      await this.#open;
      if (this.#asked.length + this.#underWay.size < MOST_ASKED) {
        const action = this.#act().finally(() => this.#underWay.delete(action));
        this.#underWay.add(action);
      }
      await delay(this.#random.between(200, 1_000));
    }
  }

  async #answer(): Promise<void> {
    while (this.#working) {
      await this.#open;
      await this.answerAll().catch(() => undefined); // the supervisor is away; the next look sees it again
      await delay(1_000);
    }
  }

  async #act(): Promise<void> {
    const agent = this.#random.pick(this.#world.agents);
    const sessions = await this.sessionsOf(agent);
    const session = sessions.length === 0 ? undefined : this.#random.pick(sessions);
    const dice = this.#random.next();
    if (session === undefined || sessions.length < 3 || dice < 0.2) await this.prompt(agent, undefined);
    else if (dice < 0.88) await this.prompt(agent, session.id);
    else if (dice < 0.95) await this.post(`/sessions/${session.id}/abort`, { wait_ms: 0 });
    else await this.post(`/sessions/${session.id}/kill`, { wait_ms: 0 });
  }

  /** Root sessions that still live, as people see them; none while the supervisor is away. */
  async sessionsOf(agent: Agent): Promise<SessionView[]> {
    try {
      const all = await this.#world.stage.api<SessionView[]>(`/sessions?node_id=${agent.nodeId}&limit=8`);
      return all.filter(({ status, parent_id: parent }) => status !== "ended" && parent === null);
    } catch {
      return [];
    }
  }

  /** Prompts a session, or starts one; what is asked is judged in the end. */
  async prompt(agent: Agent, session: string | undefined, script = this.#script()): Promise<void> {
    await this.#say(agent, session, { script });
  }

  /** Starts a session in a project, and waits until opencode has its prompt. */
  async startIn(agent: Agent, project: string): Promise<void> {
    const id = await this.#say(agent, undefined, { script: "[[say: done]]", project });
    if (id === undefined) throw new Error(`no session may be started in ${project}`);
    await eventually(async () => {
      const { state, reason } = await this.#world.stage.api<CommandView>(`/commands/${id}`);
      if (state !== "succeeded") throw new Error(`a session in ${project} is started: ${state} (${reason})`);
    }, STARTED_MS);
  }

  async #say(
    agent: Agent,
    session: string | undefined,
    { script, project = this.#random.pick(agent.projects) }: { readonly script: string; readonly project?: string },
  ): Promise<string | undefined> {
    this.#number += 1;
    const token = `token-${this.#number}.`;
    const text = `${token} ${script}`;
    const reply =
      session === undefined
        ? await this.post("/sessions", { project, prompt: text, wait_ms: 0 })
        : await this.post(`/sessions/${session}/prompt`, { text, anyway: true, wait_ms: 0 });
    this.#asked.push({ token, agent, commandId: reply?.command.id });
    return reply?.command.id;
  }

  #script(): string {
    return this.#random.pick([
      "[[say: done]]",
      `[[slow: ${this.#random.between(3, 25)}]]`,
      `[[words: ${this.#random.between(5, 200)}]]`,
      `[[tool: bash {"command": "echo one", "description": "one"}]] [[say: one done]]`,
      `[[tool: bash {"command": "sleep 0.5; echo two", "description": "two"}]] [[slow: 5]]`,
      `[[tool: bash {"command": "git push nowhere", "description": "push"}]] [[say: pushed or not]]`,
      `[[tool: read {"filePath": "README.md"}]] [[tool: bash {"command": "echo x", "description": "x"}]] [[say: read]]`,
      "[[error: 401]]",
      "[[usage: in=10000 out=1000 cached=4000 reasoning=200]] [[say: expensive]]",
    ]);
  }

  /** Repeats a request under one key until somebody replies; undefined where it was refused. */
  async post<T = CommandReply>(route: string, body: unknown): Promise<T | undefined> {
    const { ports, token } = this.#world.stage;
    this.#number += 1;
    const key = `chaos-${this.#number}`;
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${ports.http}/api/v1${route}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      }).catch(() => undefined);
      if (response !== undefined && response.status < 500)
        return response.ok ? ((await response.json()) as { data: T }).data : undefined;
      await delay(200);
    }
  }
}
