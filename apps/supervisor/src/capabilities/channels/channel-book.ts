import {
  type Channel,
  type DiscordChannel,
  type Listener,
  openDiscord,
  openSlack,
  WebhookChannel,
  webhookWaitMs,
} from "@hal/channels";
import type { Clock, Logger } from "@hal/daemon";
import type { SupervisorConfig } from "../../config.ts";
import type { ShowStatus } from "./agent-sessions.ts";
import { chatWaitMs } from "./domain/chat-wait.ts";
import type { Webhook } from "./section.ts";
import { FLEET } from "./standing.ts";
import { webhooksOf } from "./target-names.ts";

/** Somewhere that notices are sent to. */
export interface Target {
  /** such as `webhook#n8n` */
  readonly name: string;
  readonly channel: Channel;
  /** where in its channel */
  readonly place: string;
  /** where that is, without what is secret of it */
  readonly to: string;
  /** subjects of which a card is always there */
  readonly standing: readonly string[];
  /** shows beside its message what a session does; undefined where the platform knows no sessions of agents */
  readonly showStatus?: ShowStatus | undefined;
  /** how long to wait after so many tries of one notice; undefined where there is no other one */
  readonly waitMs: (tries: number) => number | undefined;
}

type Section = SupervisorConfig["channels"];

/** Platforms on which people do things. */
export type ChatKind = "discord" | "slack";

export interface ChannelBookOptions {
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The targets that the configuration names. */
export class ChannelBook implements AsyncDisposable {
  readonly #options: ChannelBookOptions;
  #openDiscord: DiscordChannel | undefined;
  /** channels that stay as they were at the start */
  #platforms: readonly Target[] = [];
  #webhooks: readonly Target[] = [];

  #hearing: ((kind: ChatKind) => Listener) | undefined;
  readonly #begun = Promise.withResolvers<void>();
  #requests: ((request: Request) => Promise<Response>) | undefined;

  private constructor(options: ChannelBookOptions) {
    this.#options = options;
  }

  /** Opens what the configuration names; of a platform's client library nothing is loaded where it names none. */
  static async open(section: Section, options: ChannelBookOptions): Promise<ChannelBook> {
    const book = new ChannelBook(options);
    book.#platforms = [...(await book.#discord(section)), ...(await book.#slack(section))];
    book.#webhooks = book.#openWebhooks(section);
    return book;
  }

  /** From now on what people do is heard by whoever this names. */
  hearBy(hearing: (kind: ChatKind) => Listener): void {
    this.#hearing = hearing;
    this.#begun.resolve();
  }

  /** Answers a request of Slack, where it is heard by those; undefined where it is not. */
  async answerSlack(request: Request): Promise<Response | undefined> {
    return this.#requests?.(request);
  }

  /** Where Discord shows commands; undefined where nobody is told there. */
  get discord(): DiscordChannel | undefined {
    return this.#openDiscord;
  }

  get all(): readonly Target[] {
    return [...this.#platforms, ...this.#webhooks];
  }

  get(name: string): Target | undefined {
    return this.all.find((target) => target.name === name);
  }

  /** Takes on the webhooks of another configuration. */
  async reload(section: Section): Promise<void> {
    const before = this.#webhooks;
    this.#webhooks = this.#openWebhooks(section);
    await closeAll(before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeAll(this.all);
  }

  /** Hands on what people do, from the moment on at which somebody hears it. */
  #ears(kind: ChatKind): Listener {
    const { log } = this.#options;
    let isConnected = true;
    return {
      formFor: (heard) => this.#hearing?.(kind).formFor?.(heard),
      complete: async (asked) => (await this.#hearing?.(kind).complete?.(asked)) ?? [],
      heard: async (heard) => {
        await this.#begun.promise;
        await this.#hearing?.(kind).heard(heard);
      },
      connection: (state) => {
        if (state.kind === "connected") {
          if (!isConnected) log.info({ channel: kind }, "what people do is heard again");
        } else if (isConnected || state.kind === "stopped")
          log.warn({ channel: kind, reason: state.why }, "what people do is not heard; notices are sent all the same");
        isConnected = state.kind === "connected";
      },
      failed: (error) => log.error({ channel: kind, error }, "what somebody did could not be heard"),
    };
  }

  async #discord({ discord }: Section): Promise<readonly Target[]> {
    if (discord === undefined) return [];
    const channel = await openDiscord({
      botToken: discord.bot_token,
      guildId: discord.guild_id,
      apiUrl: discord.api_url,
      isReading: discord.thread_replies !== "off",
      listener: this.#ears("discord"),
      now: () => this.#options.clock.now(),
    });
    this.#openDiscord = channel;
    return targetsOn("discord", channel, discord);
  }

  async #slack({ slack }: Section): Promise<readonly Target[]> {
    if (slack === undefined) return [];
    const channel = await openSlack({
      botToken: slack.bot_token,
      appToken: slack.app_token,
      signingSecret: slack.signing_secret,
      mode: slack.mode,
      apiUrl: slack.api_url,
      listener: this.#ears("slack"),
      now: () => this.#options.clock.now(),
    });
    this.#requests = (request) => channel.fetch(request);
    const targets = targetsOn("slack", channel, slack);
    if (!slack.agent) return targets;
    const showStatus: ShowStatus = (thread, status, title, signal) => channel.setStatus(thread, status, title, signal);
    return targets.map((target) => ({ ...target, showStatus }));
  }

  #openWebhooks(section: Section): readonly Target[] {
    return Object.entries(webhooksOf(section)).map(([name, webhook]) => this.#webhook(name, webhook));
  }

  #webhook(name: string, { url, secret, allow_private: allowPrivate }: Webhook): Target {
    const { version, clock } = this.#options;
    const userAgent = `hal-o-swarm/${version}`;
    return {
      name: `webhook#${name}`,
      channel: new WebhookChannel({ url, secret, allowPrivate, userAgent, now: () => clock.now() }),
      place: "",
      to: new URL(url).origin,
      standing: [],
      waitMs: (tries) => webhookWaitMs(tries, Math.random()),
    };
  }
}

const PLATFORMS = { discord: "Discord", slack: "Slack" } as const satisfies Record<ChatKind, string>;

function targetsOn(
  kind: ChatKind,
  channel: Channel,
  { channels, status }: Pick<NonNullable<Section[ChatKind]>, "channels" | "status">,
): readonly Target[] {
  return Object.entries(channels).map(([name, place]) => ({
    name: `${kind}#${name}`,
    channel,
    place,
    to: `${PLATFORMS[kind]}, channel ${place}`,
    standing: name === status ? [FLEET] : [],
    waitMs: chatWaitMs,
  }));
}

/** Several targets may be of one channel. */
async function closeAll(targets: readonly Target[]): Promise<void> {
  const channels = new Set(targets.map(({ channel }) => channel));
  await Promise.all([...channels].map((channel) => channel[Symbol.asyncDispose]()));
}
