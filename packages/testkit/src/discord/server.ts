/** A channel of the server, or a thread in one. */
export interface DiscordChannelState {
  readonly id: string;
  readonly name: string;
  /** of a thread: the channel that it is in */
  readonly parent: string | undefined;
  /** rights that everybody lacks here */
  denied: bigint;
  isArchived: boolean;
  isLocked: boolean;
}

export interface DiscordMember {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly permissions: bigint;
}

/** A message as it stands. */
export interface DiscordMessage {
  readonly channel: string;
  readonly id: string;
  readonly author: string;
  readonly isOwn: boolean;
  readonly nonce: string | undefined;
  /** only this person sees it */
  readonly ephemeralTo: string | undefined;
  readonly files: readonly string[];
  content: string;
  embeds: readonly unknown[];
  components: readonly unknown[];
  /** who is called by it, when it came */
  readonly calls: readonly string[];
  /** the app said that it thinks, and nothing yet */
  isThinking: boolean;
  edits: number;
}

export type DiscordInteractionKind = "command" | "press" | "form" | "completion";

/** What a person did, and what the app may still do with it. */
export interface DiscordInteraction {
  readonly id: string;
  readonly token: string;
  readonly kind: DiscordInteractionKind;
  readonly at: number;
  readonly user: string;
  readonly channel: string;
  /** the message with the button that was pressed */
  readonly message: DiscordMessage | undefined;
  /** what `@original` is */
  original: DiscordMessage | undefined;
  /** how it was acknowledged */
  answer: { readonly type: number; readonly data: Readonly<Record<string, unknown>> } | undefined;
  readonly settle: (isAcknowledged: boolean) => void;
}

/** A form that somebody looks at. */
export interface DiscordModal {
  readonly user: string;
  readonly channel: string;
  readonly message: DiscordMessage | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface DiscordAttachment {
  readonly id: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const GUILD = "100000000000000001";
export const APPLICATION = "100000000000000002";
/** the app's own user */
export const BOT = "100000000000000003";

export const RIGHTS = {
  administrator: 1n << 3n,
  manageGuild: 1n << 5n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  embedLinks: 1n << 14n,
  attachFiles: 1n << 15n,
  readHistory: 1n << 16n,
  createThreads: 1n << 35n,
  sendInThreads: 1n << 38n,
} as const;
const { administrator: _a, manageGuild: _m, ...USUAL } = RIGHTS;

const EPOCH = 1_420_070_400_000;

/** What a server on Discord holds: its channels, what was said in them, and what the app may do. */
export class DiscordServer {
  readonly channels = new Map<string, DiscordChannelState>();
  readonly members = new Map<string, DiscordMember>();
  readonly messages: DiscordMessage[] = [];
  readonly interactions = new Map<string, DiscordInteraction>();
  readonly modals: DiscordModal[] = [];
  readonly attachments = new Map<string, DiscordAttachment>();
  commands: readonly Readonly<Record<string, unknown>>[] = [];
  /** what everybody may do, the app included */
  permissions: bigint = Object.values(USUAL).reduce((all, one) => all | one, 0n);
  /** the bot token counts */
  isTokenValid = true;
  /** the app is in the server */
  isJoined = true;
  /** the app may read what is written, as its settings say */
  mayReadContent = true;
  readonly now: () => number;
  readonly patienceMs: number;
  #named = 0n;

  constructor(now: () => number, patienceMs: number) {
    this.now = now;
    this.patienceMs = patienceMs;
  }

  /** An id that nothing else has, which says when it was made. */
  id(at = this.now()): string {
    this.#named += 1n;
    return String((BigInt(Math.floor(at) - EPOCH) << 22n) | (this.#named & 0x3fffffn));
  }

  addChannel(id: string, name: string, parent?: string): DiscordChannelState {
    const channel: DiscordChannelState = { id, name, parent, denied: 0n, isArchived: false, isLocked: false };
    this.channels.set(id, channel);
    return channel;
  }

  /** What the app may do in a channel. */
  rightsIn({ parent, denied }: DiscordChannelState): bigint {
    const above = parent === undefined ? 0n : (this.channels.get(parent)?.denied ?? 0n);
    return this.permissions & ~(denied | above);
  }

  say(message: Pick<DiscordMessage, "channel" | "author" | "content"> & Partial<DiscordMessage>): DiscordMessage {
    const said: DiscordMessage = {
      isOwn: false,
      nonce: undefined,
      ephemeralTo: undefined,
      files: [],
      embeds: [],
      components: [],
      calls: [],
      isThinking: false,
      edits: 0,
      ...message,
      id: this.id(),
    };
    this.messages.push(said);
    return said;
  }

  /** What everybody sees of a channel, oldest first. */
  messagesOf(channel: string): readonly DiscordMessage[] {
    return this.messages.filter((one) => one.channel === channel && one.ephemeralTo === undefined);
  }

  messageAt(channel: string, id: string): DiscordMessage | undefined {
    return this.messages.find((one) => one.channel === channel && one.id === id);
  }

  remove(message: DiscordMessage): void {
    const index = this.messages.indexOf(message);
    if (index >= 0) this.messages.splice(index, 1);
  }
}
