import type { REST } from "discord.js";
import type { Reply } from "../inbound.ts";
import type { Message } from "../message.ts";
import { discordCodeOf, discordFailure } from "./discord-failure.ts";
import type { DiscordInteraction } from "./read-discord-interaction.ts";
import { refOf, renderDiscord } from "./render-discord.ts";

const EPHEMERAL = 64;
const TOO_LATE = 50_027;

/** Sends with the bot's own token. */
export type AsBot = (work: (rest: REST) => Promise<unknown>) => Promise<void>;

/**
 * Answers what somebody did, for a quarter of an hour; what everybody sees, for ever.
 * R1. Somebody who typed a command or sent a form off sees that the app thinks, until the first answer takes the place of that.
 */
export class DiscordReply implements Reply {
  readonly #rest: REST;
  readonly #told: DiscordInteraction;
  readonly #asBot: AsBot;
  #isThinking: boolean;

  constructor(rest: REST, told: DiscordInteraction, asBot: AsBot) {
    this.#rest = rest;
    this.#told = told;
    this.#asBot = asBot;
    this.#isThinking = told.type !== PRESS;
  }

  async tell(message: Message, signal?: AbortSignal): Promise<void> {
    const body = renderDiscord(message);
    // R1
    if (this.#isThinking) {
      await this.#ask(() => this.#rest.patch(this.#original, { body, ...unsigned(signal) }));
      this.#isThinking = false;
      return;
    }
    const said = { ...body, flags: EPHEMERAL };
    await this.#ask(() => this.#rest.post(this.#hook, { body: said, ...unsigned(signal) }));
  }

  async say(message: Message, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    // what is said by the interaction takes the place of the thinking, which only one person sees
    await this.#asBot((rest) => rest.post(`/channels/${this.#place}/messages`, { body: renderDiscord(message) }));
    await this.done();
  }

  async replace(message: Message, signal?: AbortSignal): Promise<void> {
    const { type, message: pressed } = this.#told;
    if (type !== PRESS || pressed === undefined) return this.tell(message, signal);
    const { content: _, ...rendered } = renderDiscord(message, refOf(pressed.embeds));
    const body = { ...rendered, allowed_mentions: { parse: [] } };
    const isShownToAll = ((pressed.flags ?? 0) & EPHEMERAL) === 0;
    try {
      await this.#rest.patch(this.#original, { body, ...unsigned(signal) });
    } catch (error) {
      if (discordCodeOf(error) !== TOO_LATE || !isShownToAll) throw discordFailure(error, this.#place);
      await this.#asBot((rest) => rest.patch(`/channels/${pressed.channel_id}/messages/${pressed.id}`, { body }));
    }
  }

  /** Nobody is told anything more: the app thinks no longer. */
  async done(): Promise<void> {
    if (!this.#isThinking) return;
    this.#isThinking = false;
    // it goes by itself after a quarter of an hour
    await this.#rest.delete(this.#original, unsigned(undefined)).catch(() => undefined);
  }

  get #hook(): `/${string}` {
    return `/webhooks/${this.#told.application_id}/${this.#told.token}`;
  }

  get #original(): `/${string}` {
    return `${this.#hook}/messages/@original`;
  }

  get #place(): string {
    return this.#told.channel_id ?? "";
  }

  async #ask(ask: () => Promise<unknown>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      throw discordFailure(error, this.#place);
    }
  }
}

const PRESS = 3;

/** An interaction's token is in the path: no other one is shown. */
export function unsigned(signal: AbortSignal | undefined): { auth: false; signal?: AbortSignal } {
  return signal === undefined ? { auth: false } : { auth: false, signal };
}

/** Answers a message, where it was written; Discord shows nothing to one person alone there. */
export class DiscordMessageReply implements Reply {
  readonly #to: { readonly channel: string; readonly message: string };
  readonly #asBot: AsBot;

  constructor(to: { readonly channel: string; readonly message: string }, asBot: AsBot) {
    this.#to = to;
    this.#asBot = asBot;
  }

  async tell(message: Message, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { channel, message: id } = this.#to;
    const reference = { message_id: id, fail_if_not_exists: false };
    const body = { ...renderDiscord(message), message_reference: reference };
    await this.#asBot((rest) => rest.post(`/channels/${channel}/messages`, { body }));
  }

  say(message: Message, signal?: AbortSignal): Promise<void> {
    return this.tell(message, signal);
  }

  replace(message: Message, signal?: AbortSignal): Promise<void> {
    return this.tell(message, signal);
  }
}
