import type { APIMessage, REST } from "discord.js";
import { type Abilities, type Channel, DeliveryError, type Edit, type Post, type Posted } from "../channel.ts";
import { checkDiscord, tokenProblem } from "./check-discord.ts";
import { type DiscordCommand, renderDiscordCommands } from "./discord-command.ts";
import { discordCodeOf, discordFailure } from "./discord-failure.ts";
import type { DiscordOptions } from "./open-discord.ts";
import { refOf, renderDiscord } from "./render-discord.ts";

const ABILITIES: Abilities = { edits: true, threads: true, finds: true, buttons: true };
const PAGE = 100;
/** so many pages are looked through, newest first */
const MOST_PAGES = 2;
const REMEMBERED = 5_000;
const HAS_THREAD = 160_004;
/** by a message a thread wakes, by a change not */
const ARCHIVED = 50_083;
const ARCHIVE_MINUTES = 10_080;

/** A text to be sent as a file. */
export interface DiscordTextFile {
  readonly place: string;
  readonly thread?: Posted | undefined;
  readonly name: string;
  readonly text: string;
}

/**
 * Discord. A place is the id of a channel there, or of a thread, which has the id of the message that it belongs to.
 * D1. A client library that was refused once forgets its token: it is told before each request.
 * D2. What a message was sent under stays with it when it is changed.
 */
export class DiscordChannel implements Channel {
  readonly kind = "discord";
  readonly abilities = ABILITIES;
  readonly #rest: REST;
  readonly #options: DiscordOptions;
  readonly #ears: AsyncDisposable | undefined;
  readonly #refs = new Map<string, string>();
  readonly #threads = new Set<string>();

  /** `openDiscord` makes one. */
  constructor(rest: REST, options: DiscordOptions, ears?: AsyncDisposable) {
    this.#rest = rest;
    this.#options = options;
    this.#ears = ears;
  }

  async check(place: string, signal?: AbortSignal): Promise<readonly string[]> {
    signal?.throwIfAborted();
    const { botToken, guildId, isReading = false } = this.#options;
    this.#rest.setToken(botToken); // D1
    return unlessAborted(checkDiscord(this.#rest, { place, botToken, guildId, isReading }), signal);
  }

  post({ ref, place, message, thread }: Post, signal?: AbortSignal): Promise<Posted> {
    return this.#ask(place, signal, async () => {
      const to = thread === undefined ? place : await this.#threadOf(thread, message.title, signal);
      const body = { ...renderDiscord(message, ref), nonce: ref, enforce_nonce: true };
      const { id } = (await this.#rest.post(`/channels/${to}/messages`, { body, ...given(signal) })) as APIMessage;
      this.#remember(id, ref);
      return { place: to, id };
    });
  }

  edit({ posted, message }: Edit, signal?: AbortSignal): Promise<void> {
    const { place, id } = posted;
    return this.#ask(place, signal, async () => {
      const { content: _, ...rendered } = renderDiscord(message, await this.#refOf(posted, signal));
      const body = { ...rendered, allowed_mentions: { parse: [] } };
      const change = () => this.#rest.patch(`/channels/${place}/messages/${id}`, { body, ...given(signal) });
      try {
        await change();
      } catch (error) {
        if (discordCodeOf(error) !== ARCHIVED) throw error;
        await this.#rest.patch(`/channels/${place}`, { body: { archived: false }, ...given(signal) });
        await change();
      }
    });
  }

  find(
    { ref, place, thread }: Pick<Post, "ref" | "place" | "thread">,
    signal?: AbortSignal,
  ): Promise<Posted | undefined> {
    const from = thread?.id ?? place;
    return this.#ask(from, signal, async () => {
      let before: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const query = new URLSearchParams({ limit: String(PAGE), ...(before === undefined ? {} : { before }) });
        const messages = await this.#messages(from, query, thread !== undefined, signal);
        const found = messages.find(({ embeds, author }) => author.bot === true && refOf(embeds) === ref);
        if (found !== undefined) {
          this.#remember(found.id, ref);
          return { place: from, id: found.id };
        }
        before = messages.at(-1)?.id;
        if (messages.length < PAGE) return undefined;
      }
      return undefined;
    });
  }

  /**
   * Sends a text as a file, for what is too long to be a message. Sent twice it is there twice.
   * @throws DeliveryError
   */
  sendFile({ place, thread, name, text }: DiscordTextFile, signal?: AbortSignal): Promise<void> {
    return this.#ask(place, signal, async () => {
      const to = thread === undefined ? place : await this.#threadOf(thread, name, signal);
      const files = [{ name, data: Buffer.from(text.toWellFormed()), contentType: "text/plain" }];
      const body = { allowed_mentions: { parse: [] } };
      await this.#rest.post(`/channels/${to}/messages`, { body, files, ...given(signal) });
    });
  }

  /**
   * Makes these the app's commands on the server, all at once, unless they are that already.
   * @param known what it returned the last time
   * @returns what they are known by
   * @throws DeliveryError
   */
  register(commands: readonly DiscordCommand[], known: string | undefined, signal?: AbortSignal): Promise<string> {
    const { guildId = "" } = this.#options;
    const { body, hash } = renderDiscordCommands(commands);
    return this.#ask(guildId, signal, async () => {
      const { id } = (await this.#rest.get("/applications/@me", given(signal))) as { readonly id: string };
      const now = `${id}:${guildId}:${hash}`;
      if (now !== known)
        await this.#rest.put(`/applications/${id}/guilds/${guildId}/commands`, { body, ...given(signal) });
      return now;
    });
  }

  /** Done when nothing is heard any more, and all that was heard is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ears?.[Symbol.asyncDispose]();
    this.#rest.clearHashSweeper();
    this.#rest.clearHandlerSweeper();
  }

  /** The thread of a message, which is made where there is none yet. */
  async #threadOf({ place, id }: Posted, title: string, signal: AbortSignal | undefined): Promise<string> {
    if (this.#threads.has(id)) return id;
    // a message in a thread has none of its own
    if (this.#threads.has(place)) return place;
    const name = title.toWellFormed().replaceAll(/\s+/g, " ").trim().slice(0, 90).toWellFormed() || "details";
    try {
      const body = { name, auto_archive_duration: ARCHIVE_MINUTES };
      await this.#rest.post(`/channels/${place}/messages/${id}/threads`, { body, ...given(signal) });
    } catch (error) {
      if (discordCodeOf(error) !== HAS_THREAD) throw error;
    }
    if (this.#threads.size >= REMEMBERED) this.#threads.clear();
    this.#threads.add(id);
    return id;
  }

  async #messages(
    place: string,
    query: URLSearchParams,
    isThread: boolean,
    signal: AbortSignal | undefined,
  ): Promise<readonly APIMessage[]> {
    try {
      return (await this.#rest.get(`/channels/${place}/messages`, { query, ...given(signal) })) as APIMessage[];
    } catch (error) {
      // a thread that was never made
      if (isThread && discordCodeOf(error) === UNKNOWN_CHANNEL) return [];
      throw error;
    }
  }

  /** D2 */
  async #refOf({ place, id }: Posted, signal: AbortSignal | undefined): Promise<string | undefined> {
    const known = this.#refs.get(id);
    if (known !== undefined) return known;
    const { embeds } = (await this.#rest.get(`/channels/${place}/messages/${id}`, given(signal))) as APIMessage;
    const ref = refOf(embeds);
    if (ref !== undefined) this.#remember(id, ref);
    return ref;
  }

  #remember(id: string, ref: string): void {
    this.#refs.set(id, ref);
    const [oldest] = this.#refs.keys();
    if (this.#refs.size > REMEMBERED && oldest !== undefined) this.#refs.delete(oldest);
  }

  async #ask<T>(place: string, signal: AbortSignal | undefined, ask: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const { botToken } = this.#options;
    const problem = tokenProblem(botToken);
    if (problem !== undefined) throw new DeliveryError("stopped", problem);
    this.#rest.setToken(botToken); // D1
    try {
      return await ask();
    } catch (error) {
      signal?.throwIfAborted();
      throw discordFailure(error, place);
    }
  }
}

const UNKNOWN_CHANNEL = 10_003;

/** The client library takes a signal where there is one, and nothing in its place. */
function given(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const done = await work;
  signal?.throwIfAborted();
  return done;
}
