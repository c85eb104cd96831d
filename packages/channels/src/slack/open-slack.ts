import type { WebClientOptions } from "@slack/web-api";
import type { Listener } from "../inbound.ts";
import { quietLogger } from "./quiet-logger.ts";
import { SlackChannel } from "./slack-channel.ts";

const TIMEOUT_MS = 10_000;

export interface SlackOptions {
  /** begins with `xoxb-` */
  readonly botToken: string;
  /** how what people do is heard: over connections that are made from here, or by requests of Slack */
  readonly mode: "socket" | "http";
  /** begins with `xapp-`; Socket Mode needs it */
  readonly appToken?: string | undefined;
  /** proves that requests are Slack's */
  readonly signingSecret?: string | undefined;
  /** another one than Slack's own, with its final slash */
  readonly apiUrl?: string | undefined;
  /** hears what people do; without it messages are sent, and nothing is heard */
  readonly listener?: Listener | undefined;
  /** milliseconds since 1970 */
  readonly now?: (() => number) | undefined;
}

/** Opens Slack. Its client library is loaded here, and not before. */
export async function openSlack(options: SlackOptions): Promise<SlackChannel> {
  const { LogLevel, WebClient } = await import("@slack/web-api");
  // the queue above decides what is tried again, and when
  const shared: WebClientOptions = {
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: TIMEOUT_MS,
    logger: quietLogger(LogLevel.ERROR),
    ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
  };
  const bot = new WebClient(options.botToken, { ...shared });
  const app = options.appToken === undefined ? undefined : new WebClient(options.appToken, { ...shared });
  const { listener } = options;
  if (listener === undefined) return new SlackChannel({ bot, app }, options);
  const { hearSlack } = await import("./hear-slack.ts");
  return new SlackChannel({ bot, app, ears: await hearSlack(bot, listener, options) }, options);
}
