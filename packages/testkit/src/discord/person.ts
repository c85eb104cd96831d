import { isRecord } from "../slack/checks.ts";
import { shownChannel, shownMessage } from "./channel-routes.ts";
import { type DiscordGateway, INTENTS } from "./gateway.ts";
import { shownBot } from "./other-routes.ts";
import type { DiscordRecord } from "./record.ts";
import {
  APPLICATION,
  BOT,
  type DiscordInteraction,
  type DiscordInteractionKind,
  type DiscordMember,
  type DiscordMessage,
  type DiscordModal,
  type DiscordServer,
  GUILD,
} from "./server.ts";

export interface DiscordPersonParts {
  readonly server: DiscordServer;
  readonly gateway: DiscordGateway;
  readonly record: DiscordRecord;
  readonly fileAddress: (id: string) => string;
}

/** How something is done that a person does. */
export interface DiscordManner {
  /** it reaches the app when the person was told already that it failed */
  readonly isLate?: boolean;
  /** it comes from another server */
  readonly guild?: string;
}

/** What became of it: whether the app acknowledged it in time, and with what. */
export interface DiscordOutcome {
  readonly isAcknowledged: boolean;
  readonly answer: DiscordInteraction["answer"];
  readonly interaction: DiscordInteraction;
}

/** A file that a person sends along. */
export interface DiscordSentFile {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  /** another address than Discord's own */
  readonly url?: string;
}

const LATE_MS = 5_000;
const KINDS: Readonly<Record<DiscordInteractionKind, number>> = { command: 2, press: 3, completion: 4, form: 5 };

/** Somebody in the server, who presses, types and says things. */
export class DiscordPerson {
  readonly #member: DiscordMember;
  readonly #parts: DiscordPersonParts;

  constructor(member: DiscordMember, parts: DiscordPersonParts) {
    this.#member = member;
    this.#parts = parts;
  }

  get id(): string {
    return this.#member.id;
  }

  /** Types a command: its name, and that of what is below it; options by their names. */
  command(
    channel: string,
    words: readonly string[],
    options: Readonly<Record<string, string | number | boolean>> = {},
    manner: DiscordManner = {},
  ): Promise<DiscordOutcome> {
    return this.#do("command", channel, undefined, commandData(words, optionList(options)), manner);
  }

  /** Types at an option of a command, and is offered how it may go on. */
  complete(
    channel: string,
    words: readonly string[],
    focused: string,
    typed: string,
    others: Readonly<Record<string, string>> = {},
  ): Promise<DiscordOutcome> {
    const options = [...optionList(others), { type: 3, name: focused, value: typed, focused: true }];
    return this.#do("completion", channel, undefined, commandData(words, options), {});
  }

  /** Presses the button with this id; of a message that has none, what a forger would send all the same. */
  press(message: DiscordMessage, customId: string, manner: DiscordManner = {}): Promise<DiscordOutcome> {
    return this.#do("press", message.channel, message, { component_type: 2, custom_id: customId, id: 1 }, manner);
  }

  /** Fills a form, by the ids of its inputs, and sends it off. */
  async submit(
    modal: DiscordModal,
    values: Readonly<Record<string, string | readonly string[]>>,
    manner: DiscordManner = {},
  ): Promise<DiscordOutcome> {
    const { modals } = this.#parts.server;
    const data = { custom_id: modal.data["custom_id"], components: filledIn(modal.data["components"], values) };
    const outcome = await this.#do("form", modal.channel, modal.message, data, manner);
    if (outcome.isAcknowledged) modals.splice(modals.indexOf(modal), 1);
    return outcome;
  }

  /** Says something in a channel or a thread; who writes `<@id>` of the app calls it. Says whether there was somebody to hear it. */
  say(channel: string, text: string, file?: DiscordSentFile): boolean {
    const { server, gateway, record } = this.#parts;
    const message = server.say({ channel, author: this.id, content: text });
    const mentions = text.includes(`<@${BOT}>`) ? [{ ...shownBot(), bot: true }] : [];
    const attachments = file === undefined ? [] : [this.#keep(file)];
    record.add({ kind: "sent", name: "MESSAGE_CREATE", facts: { user: this.id, text } });
    const told = gateway.dispatch(
      "MESSAGE_CREATE",
      {
        ...shownMessage(message),
        author: this.#user(),
        member: {
          nick: null,
          roles: this.#member.roles,
          joined_at: "2026-01-01T00:00:00.000Z",
          deaf: false,
          mute: false,
          flags: 0,
        },
        guild_id: GUILD,
        mentions,
        attachments,
      },
      INTENTS.messages,
    );
    return told > 0;
  }

  #do(
    kind: DiscordInteractionKind,
    channel: string,
    message: DiscordMessage | undefined,
    data: Readonly<Record<string, unknown>>,
    { isLate = false, guild = GUILD }: DiscordManner,
  ): Promise<DiscordOutcome> {
    const { server, gateway, record } = this.#parts;
    const at = server.now() - (isLate ? LATE_MS : 0);
    const id = server.id(at);
    const name = `${kind} ${String(data["name"] ?? data["custom_id"])}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(false), server.patienceMs);
      const settle = (isAcknowledged: boolean): void => {
        clearTimeout(timer);
        const error = isAcknowledged ? {} : { error: "the application did not respond" };
        record.add({ kind: isAcknowledged ? "acknowledged" : "unacknowledged", name, facts: {}, ...error });
        resolve({ isAcknowledged, answer: interaction.answer, interaction });
      };
      const interaction: DiscordInteraction = {
        id,
        token: `token-${id}`,
        kind,
        at,
        user: this.id,
        channel,
        message,
        original: undefined,
        answer: undefined,
        settle,
      };
      server.interactions.set(interaction.token, interaction);
      record.add({ kind: "sent", name, facts: { user: this.id } });
      gateway.dispatch("INTERACTION_CREATE", this.#shown(interaction, data, guild));
      if (isLate) settle(false);
    });
  }

  #shown(
    { id, token, kind, channel, message }: DiscordInteraction,
    data: Readonly<Record<string, unknown>>,
    guild: string,
  ): Record<string, unknown> {
    const { server } = this.#parts;
    const state = server.channels.get(channel);
    return {
      id,
      application_id: APPLICATION,
      type: KINDS[kind],
      token,
      version: 1,
      guild_id: guild,
      channel_id: channel,
      channel: state === undefined ? { id: channel, type: 0 } : shownChannel(state),
      data,
      ...(message === undefined ? {} : { message: shownMessage(message) }),
      member: {
        user: this.#user(),
        nick: null,
        roles: this.#member.roles,
        permissions: String(this.#member.permissions),
        joined_at: "2026-01-01T00:00:00.000Z",
        deaf: false,
        mute: false,
        flags: 0,
      },
      app_permissions: String(server.permissions),
      locale: "en-US",
      guild_locale: "en-US",
      entitlements: [],
      authorizing_integration_owners: {},
      context: 0,
      attachment_size_limit: 10_485_760,
    };
  }

  #user(): Record<string, unknown> {
    const { id, name } = this.#member;
    return { id, username: name, global_name: name, discriminator: "0", avatar: null };
  }

  #keep({ name, mimeType, bytes, url }: DiscordSentFile): Record<string, unknown> {
    const { server, fileAddress } = this.#parts;
    const id = server.id();
    server.attachments.set(id, { id, name, bytes });
    const address = url ?? fileAddress(id);
    return { id, filename: name, content_type: mimeType, size: bytes.byteLength, url: address, proxy_url: address };
  }
}

function optionList(options: Readonly<Record<string, string | number | boolean>>): readonly object[] {
  return Object.entries(options).map(([name, value]) => ({
    type: typeof value === "string" ? 3 : typeof value === "number" ? 10 : 5,
    name,
    value,
  }));
}

/** A command with what is below it: `agentmd set` is one option in another. */
function commandData(words: readonly string[], options: readonly object[]): Readonly<Record<string, unknown>> {
  const [name = "", ...below] = words;
  const inner = below
    .toReversed()
    .reduce<readonly object[]>(
      (inside, word, index) => [{ type: index === 0 ? 1 : 2, name: word, options: inside }],
      options,
    );
  return { id: "300001", name, type: 1, options: inner };
}

function filledIn(
  components: unknown,
  values: Readonly<Record<string, string | readonly string[]>>,
): readonly object[] {
  const labels = Array.isArray(components) ? (components as readonly unknown[]) : [];
  return labels.flatMap((label, index) => {
    const component = isRecord(label) ? label["component"] : undefined;
    if (!isRecord(component)) return [];
    const { type, custom_id } = component;
    const value = values[String(custom_id)];
    const typed = type === 3 ? { values: value === undefined ? [] : [value].flat() } : { value: value ?? "" };
    return [{ type: 18, id: index * 2 + 1, component: { type, id: index * 2 + 2, custom_id, ...typed } }];
  });
}
