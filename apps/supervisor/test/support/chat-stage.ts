import { type ChatPlatform, type SeenButton, type SeenForm, type SeenMessage, startPlatform } from "./chat-platform.ts";
import { dial, event, events, hello, type Peer } from "./socket.ts";
import { startStage, type Stage } from "./start.ts";
import { until } from "./until.ts";

export type EventSaid = readonly [type: string, data?: object];

export const STARTED: EventSaid = [
  "session.started",
  { title: "mend the tests", createdAt: Date.UTC(2026, 10, 28), updatedAt: 1 },
];
export const FAILED: EventSaid = ["session.error", { name: "APIError", message: "overloaded" }];
export const RESTS: EventSaid = ["session.idle", { turn: "finished" }];
export const BUSY: EventSaid = ["session.busy"];

/** A supervisor that tells people on one platform, and an agent that is written by hand. */
export class ChatStage implements AsyncDisposable {
  readonly platform: ChatPlatform;
  readonly stage: Stage;
  agent!: Peer;
  #seq = 0;
  #connections = 0;
  #secret: string | undefined;

  private constructor(platform: ChatPlatform, stage: Stage) {
    this.platform = platform;
    this.stage = stage;
  }

  static async open(
    kind: ChatPlatform["kind"],
    {
      channels = ["alerts"],
      section = {},
      routes,
      clock = {},
      more = {},
    }: {
      readonly channels?: readonly string[];
      readonly section?: object;
      readonly routes?: readonly object[];
      readonly clock?: { readonly now?: () => number };
      /** other sections of the configuration */
      readonly more?: object;
    } = {},
  ): Promise<ChatStage> {
    const platform = await startPlatform(kind, clock.now ?? Date.now);
    const written = {
      ...more,
      channels: { [kind]: platform.section(channels, section) },
      ...(routes === undefined ? {} : { routes }),
    };
    // cards are changed so far apart that people can read them; here time is short
    const fast = { now: () => Date.now(), monotonic: () => performance.now() * 20, ...clock };
    const stage = await startStage({ heartbeat_timeout_count: 1_000 }, written, { clock: fast });
    const opened = new ChatStage(platform, stage);
    await opened.come();
    await platform.connected();
    return opened;
  }

  /** The agent connects, for the first time or once more. */
  async come(): Promise<void> {
    this.#connections += 1;
    this.agent = await dial(this.stage.supervisor.port);
    const seq = this.#seq;
    const outbox = { epoch: "e1", firstSeq: 0, lastSeq: seq, acked: seq };
    const about = { instance: `run-${this.#connections}`, connection: this.#connections, outbox };
    const secret = this.#secret === undefined ? {} : { secret: this.#secret };
    this.agent.send(hello({ ...about, ...secret, features: ["restart", "prompts"] }));
    this.#secret = ((await this.agent.next("welcome"))["secret"] as string | undefined) ?? this.#secret;
  }

  /** The agent tells of its session. */
  async tell(...list: readonly EventSaid[]): Promise<void> {
    const said = list.map(([type, data = {}]) => event((this.#seq += 1), type, data, { project: "web" }));
    this.agent.send(events(...said));
    await this.agent.next("ack");
  }

  /** The agent did what it was asked. */
  async done(command: { readonly [key: string]: unknown }, ...then: readonly EventSaid[]): Promise<void> {
    await this.tell(["command.succeeded", { commandId: command["id"] }], ...then);
  }

  shown(text: string | RegExp, channel?: string): Promise<string> {
    return until(() => {
      const transcript = this.platform.transcript(channel);
      return matching(transcript, text);
    });
  }

  /** The message in a channel, not in a thread, that says that. */
  message(text: string | RegExp, channel?: string): Promise<SeenMessage> {
    return until(() => {
      const found = this.platform.messages(channel).filter(({ body, isInThread }) => !isInThread && body.match(text));
      if (found.length !== 1)
        throw new Error(`${found.length} messages have ${text} in\n${this.platform.transcript(channel)}`);
      return found[0] as SeenMessage;
    });
  }

  /** A button that is shown now, of the newest message that has one with that label. */
  button(label: string, channel?: string): Promise<SeenButton> {
    return until(() => {
      const found = this.platform
        .messages(channel)
        .flatMap(({ buttons }) => buttons.filter((one) => one.label === label));
      const last = found.at(-1);
      if (last === undefined) throw new Error(`no ${label} in\n${this.platform.transcript(channel)}`);
      return last;
    });
  }

  /** The labels of all buttons that are shown. */
  get labels(): readonly string[] {
    return this.platform.messages().flatMap(({ buttons }) => buttons.map(({ label }) => label));
  }

  form(): Promise<SeenForm> {
    return until(() => {
      const last = this.platform.forms.at(-1);
      if (last === undefined) throw new Error("no form opened");
      return last;
    });
  }

  /** What that person alone was told last. */
  told(user: string, text: string | RegExp): Promise<string> {
    return until(() => {
      const last = this.platform.toldTo(user).at(-1)?.body ?? "";
      return matching(last, text);
    });
  }

  async audit(action: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { data } = (await (await this.stage.get(`/api/v1/audit?action=${action}`)).json()) as { data: never };
    return data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
    await this.platform[Symbol.asyncDispose]();
  }
}

function matching(said: string, text: string | RegExp): string {
  if (said.match(text) === null) throw new Error(`no ${text} in\n${said}`);
  return said;
}
