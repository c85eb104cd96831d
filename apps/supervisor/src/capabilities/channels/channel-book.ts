import {
  type Channel,
  type DiscordChannel,
  type Listener,
  openDiscord,
  openSlack,
  type SlackChannel,
  WebhookChannel,
  webhookWaitMs,
} from "@hal/channels";
import type { Clock, Logger } from "@hal/daemon";
import type { SupervisorConfig } from "../../config.ts";
import type { ShowStatus } from "./agent-sessions.ts";
import { chatWaitMs } from "./domain/chat-wait.ts";
import { FaultLog } from "./fault-log.ts";
import { PlatformSlot } from "./platform-slot.ts";
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

type Settings<K extends ChatKind> = NonNullable<Section[K]>;

/** The targets that the configuration names. */
export class ChannelBook implements AsyncDisposable {
  readonly #options: ChannelBookOptions;
  readonly #discord = new PlatformSlot(
    (settings: Settings<"discord">) => this.#openDiscord(settings),
    ({ bot_token, guild_id, api_url, thread_replies }) => [bot_token, guild_id, api_url, thread_replies !== "off"],
  );
  readonly #slack = new PlatformSlot(
    (settings: Settings<"slack">) => this.#openSlack(settings),
    ({ bot_token, app_token, signing_secret, mode, api_url }) => [bot_token, app_token, signing_secret, mode, api_url],
  );
  #platforms: readonly Target[] = [];
  #webhooks: readonly Target[] = [];
  #hearing: ((kind: ChatKind) => Listener) | undefined;
  #connected: (kind: ChatKind) => void = () => undefined;
  readonly #begun = Promise.withResolvers<void>();

  /** what is wrong with platforms, said once */
  readonly faults: FaultLog;

  private constructor(options: ChannelBookOptions) {
    this.#options = options;
    this.faults = new FaultLog(options);
  }

  /** Opens what the configuration names; of a platform's client library nothing is loaded where it names none. */
  static async open(section: Section, options: ChannelBookOptions): Promise<ChannelBook> {
    const book = new ChannelBook(options);
    await book.reload(section);
    return book;
  }

  /** From now on what people do is heard by whoever this names, who is told once of each platform that was opened that it is connected. */
  hearBy(hearing: (kind: ChatKind) => Listener, connected: (kind: ChatKind) => void): void {
    this.#hearing = hearing;
    this.#connected = connected;
    this.#begun.resolve();
  }

  /** Answers a request of Slack, where it is heard by those; undefined where it is not. */
  async answerSlack(request: Request): Promise<Response | undefined> {
    return this.#slack.channel?.fetch(request);
  }

  /** Where Discord shows commands; undefined where nobody is told there. */
  get discord(): DiscordChannel | undefined {
    return this.#discord.channel;
  }

  /** Undefined where the configuration does not name it. */
  platform(kind: ChatKind): DiscordChannel | SlackChannel | undefined {
    return kind === "discord" ? this.#discord.channel : this.#slack.channel;
  }

  get all(): readonly Target[] {
    return [...this.#platforms, ...this.#webhooks];
  }

  get(name: string): Target | undefined {
    return this.all.find((target) => target.name === name);
  }

  /** Takes on another configuration; returns which platforms were opened for it. What stays as it was stays connected. */
  async reload(section: Section): Promise<readonly ChatKind[]> {
    const { discord, slack } = section;
    const [isDiscordNew, isSlackNew] = await Promise.all([this.#discord.use(discord), this.#slack.use(slack)]);
    this.#platforms = [
      ...targetsOn("discord", this.#discord.channel, discord),
      ...slackTargets(this.#slack.channel, slack),
    ];
    const before = this.#webhooks;
    this.#webhooks = this.#openWebhooks(section);
    await closeAll(before);
    return [...(isDiscordNew ? (["discord"] as const) : []), ...(isSlackNew ? (["slack"] as const) : [])];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.#discord[Symbol.asyncDispose](),
      this.#slack[Symbol.asyncDispose](),
      closeAll(this.#webhooks),
    ]);
  }

  /** Hands on what people do, from the moment on at which somebody hears it. */
  #ears(kind: ChatKind): Listener {
    const { log } = this.#options;
    let isConnected = true;
    let isNew = true;
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
          this.faults.forget(kind);
          if (isNew) void this.#begun.promise.then(() => this.#connected(kind));
          isNew = false;
        } else if (isConnected || state.kind === "stopped")
          this.faults.say(kind, "warn", {
            channel: kind,
            reason: state.why,
            text: "what people do is not heard; notices are sent all the same",
          });
        isConnected = state.kind === "connected";
      },
      failed: (error) => log.error({ channel: kind, error }, "what somebody did could not be heard"),
    };
  }

  #openDiscord(settings: Settings<"discord">): Promise<DiscordChannel> {
    this.faults.forget("discord");
    return openDiscord({
      botToken: settings.bot_token,
      guildId: settings.guild_id,
      apiUrl: settings.api_url,
      isReading: settings.thread_replies !== "off",
      listener: this.#ears("discord"),
      now: () => this.#options.clock.now(),
    });
  }

  #openSlack(settings: Settings<"slack">): Promise<SlackChannel> {
    this.faults.forget("slack");
    return openSlack({
      botToken: settings.bot_token,
      appToken: settings.app_token,
      signingSecret: settings.signing_secret,
      mode: settings.mode,
      apiUrl: settings.api_url,
      listener: this.#ears("slack"),
      now: () => this.#options.clock.now(),
    });
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

/** Where the app is declared an agent, its sessions are shown in Slack's own way. */
function slackTargets(channel: SlackChannel | undefined, slack: Section["slack"]): readonly Target[] {
  const targets = targetsOn("slack", channel, slack);
  if (channel === undefined || slack?.agent !== true) return targets;
  const showStatus: ShowStatus = (thread, status, title, signal) => channel.setStatus(thread, status, title, signal);
  return targets.map((target) => ({ ...target, showStatus }));
}

const PLATFORMS = { discord: "Discord", slack: "Slack" } as const satisfies Record<ChatKind, string>;

function targetsOn(
  kind: ChatKind,
  channel: Channel | undefined,
  { channels, status }: Partial<Pick<NonNullable<Section[ChatKind]>, "channels" | "status">> = {},
): readonly Target[] {
  if (channel === undefined || channels === undefined) return [];
  return Object.entries(channels).map(([name, place]) => ({
    name: `${kind}#${name}`,
    channel,
    place,
    to: `${PLATFORMS[kind]}, channel ${place}`,
    standing: name === status ? [FLEET] : [],
    waitMs: chatWaitMs,
  }));
}

async function closeAll(targets: readonly Target[]): Promise<void> {
  await Promise.all(targets.map(({ channel }) => channel[Symbol.asyncDispose]()));
}
