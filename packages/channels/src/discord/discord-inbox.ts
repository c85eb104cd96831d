import type { REST } from "discord.js";
import type { Heard, Listener, Reply } from "../inbound.ts";
import { discordFile } from "./discord-file.ts";
import { discordCodeOf, discordFailure } from "./discord-failure.ts";
import type { DiscordOptions } from "./open-discord.ts";
import { DiscordMessageReply, DiscordReply, unsigned } from "./discord-reply.ts";
import {
  type DiscordHeard,
  type DiscordInteraction,
  readDiscordCompletion,
  readDiscordInteraction,
  timeOfDiscordId,
} from "./read-discord-interaction.ts";
import { type DiscordWritten, isCalling, isWritten, readDiscordMessage } from "./read-discord-message.ts";
import { renderDiscord } from "./render-discord.ts";
import { renderDiscordForm } from "./render-discord-form.ts";
import { Turns } from "../turns.ts";

const REMEMBERED = 5_000;
/** whoever did something longer ago was told already that it failed */
const MOST_AGE_MS = 2_500;
const COMPLETION = 4;
const PRESS = 3;
const MOST_COMPLETIONS = 25;

/** What answers people, and what does the rest: their requests are counted apart. */
export interface DiscordClients {
  readonly bot: REST;
  readonly answering: REST;
}

/**
 * Hears what people do on Discord.
 * H1. It is acknowledged before anything else is done with it, and what cannot be is not done.
 * H2. What Discord tells more than once is heard once, as long as it is among the last 5,000.
 * H3. What is older than 2.5 s is not heard: after a break of the connection Discord tells of it once more.
 */
export class DiscordInbox {
  readonly #clients: DiscordClients;
  readonly #listener: Listener;
  readonly #options: DiscordOptions;
  readonly #seen = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  readonly #turns = new Turns();
  /** the channel of each thread; of a channel, nothing */
  readonly #parents = new Map<string, string | undefined>();
  #own = "";

  constructor(clients: DiscordClients, listener: Listener, options: DiscordOptions) {
    this.#clients = clients;
    this.#listener = listener;
    this.#options = options;
  }

  /** Takes what the gateway tells. */
  take(name: string, data: unknown): void {
    switch (name) {
      case "READY":
        this.#own = (data as { readonly user: { readonly id: string } }).user.id;
        return;
      case "INTERACTION_CREATE":
        return this.#begin(this.#interaction(data as DiscordInteraction));
      case "MESSAGE_CREATE":
        return this.#begin(this.#message(data as DiscordWritten));
      default:
    }
  }

  /** Done when all that was heard is done. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  #begin(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => this.#listener.failed?.(error))
      .finally(() => void this.#running.delete(done));
    this.#running.add(done);
  }

  async #interaction(told: DiscordInteraction): Promise<void> {
    if (this.#isKnown(told.id)) return; // H2
    const { guildId, now = Date.now } = this.#options;
    if (now() - timeOfDiscordId(told.id) > MOST_AGE_MS) return; // H3
    const isElsewhere = guildId !== undefined && told.guild_id !== guildId;
    if (told.type === COMPLETION) return isElsewhere ? undefined : this.#complete(told);
    if (isElsewhere) {
      await this.#acknowledge(told, { type: 4, data: { ...renderDiscord(ELSEWHERE), flags: 64 } });
      return;
    }
    const heard = readDiscordInteraction(told);
    if (heard === undefined) return;
    await this.#hear(told, heard);
  }

  async #hear(told: DiscordInteraction, heard: DiscordHeard): Promise<void> {
    const reply = new DiscordReply(this.#clients.answering, told, (work) => this.#asBot(told.channel_id ?? "", work));
    const whole: Heard = { ...heard, reply };
    const asked = this.#formFor(whole);
    if (asked.form !== undefined) {
      await this.#acknowledge(told, { type: 9, data: renderDiscordForm(asked.form) });
      return;
    }
    const defer = told.type === PRESS ? { type: 6 } : { type: 5, data: { flags: 64 } };
    if (!(await this.#acknowledge(told, defer))) return; // H1
    await this.#turns.next();
    await this.#run(whole, reply, asked.error);
    await reply.done();
  }

  /** A form opens in the place of an acknowledgement, so it is asked for before that. */
  #formFor(heard: Heard): { readonly form?: ReturnType<NonNullable<Listener["formFor"]>>; readonly error?: unknown } {
    if (heard.kind !== "command" && heard.kind !== "press") return {};
    try {
      return { form: this.#listener.formFor?.(heard) };
    } catch (error) {
      return { error };
    }
  }

  async #message(written: DiscordWritten): Promise<void> {
    const { guildId, apiUrl, isReading = false } = this.#options;
    if (written.guild_id === undefined || (guildId !== undefined && written.guild_id !== guildId)) return;
    if (!isWritten(written) || (!isReading && !isCalling(written, this.#own)) || this.#isKnown(written.id)) return;
    const parent = await this.#parentOf(written.channel_id);
    const heard = readDiscordMessage(written, this.#own, parent);
    if (heard === undefined) return;
    const to = { channel: written.channel_id, message: written.id };
    const reply = new DiscordMessageReply(to, (work) => this.#asBot(to.channel, work));
    if (heard.kind === "command") return this.#run({ ...heard, reply }, reply);
    return this.#run({ ...heard, reply, files: heard.files.map((file) => discordFile(file, apiUrl)) }, reply);
  }

  async #run(heard: Heard, reply: Reply, failure?: unknown): Promise<void> {
    try {
      if (failure !== undefined) throw failure;
      await this.#listener.heard(heard);
    } catch (error) {
      this.#listener.failed?.(error);
      await reply.tell(WRONG).catch((again: unknown) => this.#listener.failed?.(again));
    }
  }

  async #complete(told: DiscordInteraction): Promise<void> {
    const asked = readDiscordCompletion(told);
    if (asked === undefined) return;
    const found = (await this.#listener.complete?.(asked)) ?? [];
    // what was cut would be another value
    const good = [...new Set(found)].filter((one) => one.trim() !== "" && one.isWellFormed() && one.length <= 100);
    const choices = good.slice(0, MOST_COMPLETIONS).map((one) => ({ name: one, value: one }));
    await this.#acknowledge(told, { type: 8, data: { choices } });
  }

  /** Whether Discord has the acknowledgement. Where its answer was lost it is sent once more: the second one is refused then. */
  async #acknowledge({ id, token, channel_id = "" }: DiscordInteraction, body: object): Promise<boolean> {
    for (let isAgain = false; ; isAgain = true) {
      try {
        await this.#clients.answering.post(`/interactions/${id}/${token}/callback`, { body, ...unsigned(undefined) });
        return true;
      } catch (error) {
        const code = discordCodeOf(error);
        if (code === ACKNOWLEDGED) return isAgain;
        if (code === UNKNOWN) return false;
        const failure = discordFailure(error, channel_id);
        if (isAgain || failure.problem !== "again" || failure.retryAfterMs !== undefined) throw failure;
      }
    }
  }

  async #parentOf(id: string): Promise<string | undefined> {
    if (this.#parents.has(id)) return this.#parents.get(id);
    let channel: { readonly parent_id?: string | null; readonly thread_metadata?: unknown } = {};
    await this.#asBot(id, async (rest) => {
      channel = (await rest.get(`/channels/${id}`)) as typeof channel;
    });
    // a channel may be in a category, which is no place
    const parent = channel.thread_metadata === undefined ? undefined : (channel.parent_id ?? undefined);
    if (this.#parents.size >= REMEMBERED) this.#parents.clear();
    this.#parents.set(id, parent);
    return parent;
  }

  async #asBot(place: string, work: (rest: REST) => Promise<unknown>): Promise<void> {
    // once refused the client library forgets its token
    const { bot } = this.#clients;
    bot.setToken(this.#options.botToken);
    try {
      await work(bot);
    } catch (error) {
      throw discordFailure(error, place);
    }
  }

  #isKnown(id: string): boolean {
    if (this.#seen.has(id)) return true;
    this.#seen.add(id);
    const [oldest] = this.#seen;
    if (this.#seen.size > REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    return false;
  }
}

const ACKNOWLEDGED = 40_060;
const UNKNOWN = 10_062;
const ELSEWHERE = { title: "this app answers on another server only", tone: "bad" } as const;
const WRONG = { title: "that went wrong here; the log of the supervisor says why", tone: "bad" } as const;
