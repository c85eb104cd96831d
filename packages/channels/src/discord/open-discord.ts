import type { Listener } from "../inbound.ts";
import { DiscordChannel } from "./discord-channel.ts";

const TIMEOUT_MS = 10_000;

export interface DiscordOptions {
  readonly botToken: string;
  /** the server; what is done elsewhere is refused */
  readonly guildId?: string | undefined;
  /** another address than Discord's own, without a version and a final slash */
  readonly apiUrl?: string | undefined;
  /** hears what people do; without it messages are sent, and nothing is heard */
  readonly listener?: Listener | undefined;
  /** hears all that is written in threads, for which the app needs the Message Content Intent; otherwise only where it is called */
  readonly isReading?: boolean | undefined;
  /** milliseconds since 1970 */
  readonly now?: (() => number) | undefined;
}

/** Opens Discord. Its client library is loaded here, and not before. */
export async function openDiscord(options: DiscordOptions): Promise<DiscordChannel> {
  const { REST } = await import("discord.js");
  const { apiUrl, botToken, listener } = options;
  const rest = new REST({
    version: "10",
    timeout: TIMEOUT_MS,
    // the queue above decides what is tried again, and when
    retries: 0,
    // what Discord says is what the queue is told
    offset: 0,
    rejectOnRateLimit: () => true,
    ...(apiUrl === undefined ? {} : { api: apiUrl.replace(/\/+$/, "") }),
  }).setToken(botToken || "none");
  if (listener === undefined) return new DiscordChannel(rest, options);
  const { hearDiscord } = await import("./hear-discord.ts");
  return new DiscordChannel(rest, options, await hearDiscord(rest, listener, options));
}
