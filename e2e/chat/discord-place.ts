import { discordBody, type DiscordDouble, type DiscordMessage, GUILD, RIGHTS, startDiscord } from "@hal/testkit";
import type { ChatPlace, Persona } from "./chat-place.ts";

const CHANNEL = "500000000000000001";
const IDS: Readonly<Record<Persona, string>> = { ann: "600000000000000001", bob: "600000000000000002" };

interface Shown {
  readonly type?: number;
  readonly label?: string;
  readonly content?: string;
  readonly custom_id?: string;
  readonly component?: { readonly options?: readonly { readonly label: string }[] };
}

/** Discord's double with one channel, where whoever may manage the server may act. */
export class DiscordPlace implements ChatPlace {
  readonly name = "Discord";
  readonly section: Readonly<Record<string, unknown>>;
  readonly #discord: DiscordDouble;

  private constructor(discord: DiscordDouble) {
    this.#discord = discord;
    this.section = {
      bot_token: discord.botToken,
      guild_id: GUILD,
      channels: { alerts: CHANNEL },
      api_url: discord.apiUrl,
    };
  }

  static async open(): Promise<DiscordPlace> {
    const discord = await startDiscord({ patienceMs: 60_000 });
    discord.server.addChannel(CHANNEL, "alerts");
    return new DiscordPlace(discord);
  }

  transcript(): string {
    return this.#discord.transcript(CHANNEL);
  }

  toldTo(person: Persona): string {
    const told = this.#discord.server.messages.filter(({ ephemeralTo }) => ephemeralTo === IDS[person]);
    return told.map(discordBody).join("\n");
  }

  async type(person: Persona, command: string, words: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#person(person).command(CHANNEL, [command], words);
  }

  async press(person: Persona, label: string): Promise<void> {
    const found = this.#discord.server.messages
      .flatMap((message) => buttonsOf(message).map((button) => ({ message, button })))
      .findLast(({ button }) => button.label === label);
    if (found === undefined) throw new Error(`there is no button ${label}:\n${this.transcript()}`);
    await this.#person(person).press(found.message, String(found.button.custom_id));
  }

  async fillIn(person: Persona, values: Readonly<Record<string, string | readonly string[]>>): Promise<void> {
    const modal = this.#discord.server.modals.at(-1);
    if (modal === undefined) throw new Error("no form is open");
    await this.#person(person).submit(modal, values);
  }

  form(): string {
    const modal = this.#discord.server.modals.at(-1);
    if (modal === undefined) throw new Error("no form is open");
    const { title, components } = modal.data as { readonly title: string; readonly components: readonly Shown[] };
    const lines = components.flatMap(({ label, content, component }) => [
      ...(content === undefined ? [] : [content]),
      ...(label === undefined ? [] : [`${label}: ____`]),
      ...(component?.options ?? []).map((option) => `  ( ) ${option.label}`),
    ]);
    return [`**${title}**`, ...lines, "[Submit]"].join("\n");
  }

  complaints(): readonly string[] {
    const { refused, notes } = this.#discord.record;
    return [...refused, ...notes].map((one) => JSON.stringify(one));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#discord[Symbol.asyncDispose]() as Promise<void>;
  }

  #person(person: Persona): ReturnType<DiscordDouble["person"]> {
    const permissions = person === "ann" ? RIGHTS.manageGuild : 0n;
    return this.#discord.person(IDS[person], { name: person, permissions });
  }
}

function buttonsOf({ components }: DiscordMessage): readonly Shown[] {
  const rows = components as readonly { readonly components?: readonly Shown[] }[];
  return rows.flatMap((row) => row.components ?? []);
}
