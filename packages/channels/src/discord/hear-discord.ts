import type { REST } from "discord.js";
import type { Listener } from "../inbound.ts";
import { tokenProblem } from "./check-discord.ts";
import { DiscordConnection } from "./discord-connection.ts";
import { DiscordInbox } from "./discord-inbox.ts";
import { discordIntents } from "./discord-permissions.ts";
import type { DiscordOptions } from "./open-discord.ts";

/** Begins to hear what people do on Discord. Its client library is loaded here, and not before. */
export async function hearDiscord(rest: REST, listener: Listener, options: DiscordOptions): Promise<AsyncDisposable> {
  const [{ REST: Rest }, { WebSocketManager }] = await Promise.all([import("discord.js"), import("@discordjs/ws")]);
  const { botToken, isReading = false } = options;
  const problem = tokenProblem(botToken);
  if (problem !== undefined) {
    listener.connection?.({ kind: "stopped", why: problem });
    return { [Symbol.asyncDispose]: async () => undefined };
  }
  const others = { ...rest.options, hashSweepInterval: 0, handlerSweepInterval: 0 };
  // the limit of a second is the bot's, and Discord does not count in it what answers people
  const answering = new Rest({ ...others, globalRequestsPerSecond: Number.POSITIVE_INFINITY });
  const inbox = new DiscordInbox({ bot: rest, answering }, listener, options);
  const connection = new DiscordConnection(
    () =>
      new WebSocketManager({
        token: botToken,
        // several of them are one number, which is none of the names
        // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
        intents: discordIntents(isReading),
        shardCount: 1,
        rest: new Rest(others).setToken(botToken),
      }),
    (name, data) => inbox.take(name, data),
    (state) => listener.connection?.(state),
  );
  return {
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      await inbox.settle();
    },
  };
}
