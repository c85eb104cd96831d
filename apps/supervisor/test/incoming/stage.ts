import type { ArrivalView } from "@hal/protocol";
import { GithubDouble } from "@hal/testkit";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";
import { until } from "../support/until.ts";
import { commented, issue, labeled } from "./payloads.ts";

export const SECRET = "a secret that GitHub and we know";
export const TOKEN_THERE = "a token that may write there";

const RULES = [
  { event: "issues.labeled", label: "agent", project: "p1", prompt: "Mend it." },
  { event: "issue_comment.created", prefix: "/agent", project: "p1" },
  { event: "workflow_run.completed", project: "p1", most_per_day: 2 },
];

/** A supervisor with GitHub's webhook, and the agent of one node, whose project is p1. */
export class IncomingStage implements AsyncDisposable {
  readonly stage: Stage;
  readonly github: GithubDouble;
  agent: Peer | undefined;
  #secret: string | undefined;
  #connections = 0;
  #seq = 0;
  readonly clock: { ms: number };

  readonly #hook: { port: number | undefined };

  private constructor(stage: Stage, github: GithubDouble, clock: { ms: number }, hook: { port: number | undefined }) {
    this.stage = stage;
    this.github = github;
    this.clock = clock;
    this.#hook = hook;
  }

  static async open(incoming: object = {}, sections: object = {}): Promise<IncomingStage> {
    const clock = { ms: Date.now() };
    const hook = { port: undefined as number | undefined };
    const github = await new GithubDouble({
      hook: () => `http://127.0.0.1:${hook.port}/incoming/github`,
      secret: SECRET,
      token: TOKEN_THERE,
      now: () => clock.ms,
    }).listen();
    const section = { github: { secret: SECRET, token: TOKEN_THERE, api_url: github.url, rules: RULES }, ...incoming };
    const stage = await startStage(
      { heartbeat_timeout_count: 1_000_000 },
      { incoming: section, sessions: { parallel: false }, ...sections },
      { clock: { now: () => clock.ms, monotonic: () => performance.now() } },
    );
    hook.port = stage.supervisor.httpPort;
    return new IncomingStage(stage, github, clock, hook);
  }

  /** The node connects, or connects again. */
  async come(): Promise<void> {
    this.#connections += 1;
    const agent = await dial(this.stage.supervisor.port);
    const outbox = { epoch: "e1", firstSeq: 0, lastSeq: this.#seq, acked: this.#seq };
    const about = { instance: `run-${this.#connections}`, connection: this.#connections, outbox };
    const features = ["prompts", "stop", "check", "precondition"];
    agent.send(hello({ ...about, features, ...(this.#secret === undefined ? {} : { secret: this.#secret }) }));
    const welcome = await agent.next("welcome");
    this.#secret = (welcome["secret"] as string | undefined) ?? this.#secret;
    this.agent = agent;
  }

  async restart(meanwhile?: () => Promise<void>): Promise<void> {
    await this.stage.restart(meanwhile);
    this.#hook.port = this.stage.supervisor.httpPort;
    if (this.agent !== undefined) await this.come();
  }

  async tell(session: string, ...list: readonly (readonly [type: string, data?: object])[]): Promise<void> {
    const said = list.map(([type, data = {}]) => {
      this.#seq += 1;
      return event(this.#seq, type, data, { at: this.clock.ms, session });
    });
    this.agent?.send(events(...said));
    await this.agent?.next("ack");
  }

  /** The next command of a kind that the node is asked for. */
  async asked(type: string): Promise<{ readonly id: string; readonly args: Readonly<Record<string, string>> }> {
    for (;;) {
      const frame = await (this.agent as Peer).next("command");
      if (frame["command"] === type) return frame as unknown as Awaited<ReturnType<IncomingStage["asked"]>>;
    }
  }

  /** The node starts the session that it is asked for, whose first prompt is the message `<session>_m1`. */
  async starts(session: string): Promise<Readonly<Record<string, string>>> {
    const { id, args } = await this.asked("session.start");
    const about = { title: "t", createdAt: this.clock.ms, updatedAt: this.clock.ms };
    const output = { sessionId: session, messageId: `${session}_m1` };
    await this.tell(
      session,
      ["session.started", about],
      ["session.busy"],
      ["command.succeeded", { commandId: id, output }],
    );
    return args;
  }

  /** The session takes the prompt that the node is asked to give it. */
  async takes(session: string, messageId: string): Promise<Readonly<Record<string, string>>> {
    const { id, args } = await this.asked("session.prompt");
    await this.tell(session, ["session.busy"], ["command.succeeded", { commandId: id, output: { messageId } }]);
    return args;
  }

  /** The session answers a prompt and rests. */
  async answers(session: string, parentId: string, text: string): Promise<void> {
    await this.tell(
      session,
      [
        "session.message",
        {
          messageId: `${parentId}_answer`,
          parentId,
          role: "assistant",
          state: "complete",
          text,
          createdAt: this.clock.ms,
        },
      ],
      ["session.idle", { turn: "finished" }],
    );
  }

  async get<T>(path: string): Promise<T> {
    return ((await (await this.stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
  }

  async send<T>(path: string, body: unknown): Promise<T> {
    return ((await (await this.stage.send("POST", `/api/v1${path}`, body)).json()) as { data: T }).data;
  }

  /** What is known of arrivals, oldest first. */
  async arrivals(): Promise<ArrivalView[]> {
    return (await this.get<ArrivalView[]>("/incoming")).toReversed();
  }

  /** Waits until arrivals are in these states, oldest first. */
  async reach(...states: readonly string[]): Promise<ArrivalView[]> {
    return until(async () => {
      const found = await this.arrivals();
      const now = found.map(({ state, reason }) => `${state} (${reason})`);
      if (found.map(({ state }) => state).join() !== states.join()) throw new Error(`they are ${now.join(", ")}`);
      return found;
    });
  }

  /** An issue that gets its label just now. */
  labels(number = 7, changes: object = {}): object {
    return { ...labeled, issue: { ...issue, number, updated_at: this.at() }, ...changes };
  }

  /** A comment of just now. */
  comments(body: string, number = 7, changes: object = {}): object {
    const comment = { ...commented.comment, body, created_at: this.at(), ...changes };
    return { ...commented, issue: { ...issue, number }, comment };
  }

  at(): string {
    return new Date(this.clock.ms).toISOString();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
    await this.github[Symbol.asyncDispose]();
  }
}
