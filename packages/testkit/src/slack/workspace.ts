/** A channel of the workspace. */
export interface SlackChannelState {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
  /** the app is in it */
  isMember: boolean;
  isArchived: boolean;
}

/** A message as it stands. */
export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  /** who wrote it: a person, or the app's own user */
  readonly user: string;
  readonly isOwn: boolean;
  /** only this person sees it */
  readonly ephemeralTo: string | undefined;
  readonly metadata: unknown;
  readonly files: readonly string[];
  text: string;
  blocks: readonly unknown[];
  edits: number;
}

/** A modal that somebody looks at. */
export interface SlackModal {
  readonly id: string;
  readonly user: string;
  readonly view: Readonly<Record<string, unknown>>;
}

/** What a person may be answered with, for a while: a form by `triggerId` once, messages by `responseUrl` five times. */
export interface SlackAnswerRight {
  readonly id: string;
  readonly user: string;
  readonly channel: string;
  readonly at: number;
  /** the message with the button that was pressed */
  readonly origin: SlackMessage | undefined;
  isTriggerUsed: boolean;
  responses: number;
}

export interface SlackFile {
  readonly id: string;
  readonly name: string;
  bytes: Uint8Array | undefined;
  /** where it was shared */
  channel: string | undefined;
  threadTs: string | undefined;
}

export interface SlackSession {
  readonly channel: string;
  readonly threadTs: string;
  readonly title: string | undefined;
  status: string;
}

export type SlackTokenState = "valid" | "invalid_auth" | "token_expired" | "token_revoked" | "account_inactive";

export const TEAM = "T0HAL";
export const APP = "A0HAL";
export const BOT_USER = "U0HAL";
export const BOT = "B0HAL";

/** All scopes that the double knows a bot token to have. */
const ALL_SCOPES = [
  "app_mentions:read",
  "assistant:write",
  "channels:history",
  "channels:read",
  "chat:write",
  "commands",
  "files:read",
  "files:write",
  "groups:history",
  "groups:read",
] as const;

/** What a workspace holds: its channels, what was said in them, and what its app may do. */
export class SlackWorkspace {
  readonly channels = new Map<string, SlackChannelState>();
  readonly messages: SlackMessage[] = [];
  readonly modals: SlackModal[] = [];
  readonly rights = new Map<string, SlackAnswerRight>();
  readonly files = new Map<string, SlackFile>();
  readonly sessions: SlackSession[] = [];
  readonly scopes = new Set<string>(ALL_SCOPES);
  readonly appScopes = new Set<string>(["connections:write"]);
  botToken: SlackTokenState = "valid";
  appToken: SlackTokenState = "valid";
  /** the app is declared an agent */
  isAgent = true;
  /** the app is told that somebody stopped one of its agent sessions */
  hearsStops = true;
  readonly now: () => number;
  readonly patienceMs: number;
  #named = 0;

  constructor(now: () => number, patienceMs: number) {
    this.now = now;
    this.patienceMs = patienceMs;
  }

  /** A name that nothing else has. */
  name(prefix: string): string {
    this.#named += 1;
    return `${prefix}${String(this.#named).padStart(6, "0")}`;
  }

  addChannel(id: string, name: string, isPrivate = false): SlackChannelState {
    const channel: SlackChannelState = { id, name, isPrivate, isMember: true, isArchived: false };
    this.channels.set(id, channel);
    return channel;
  }

  say(message: Pick<SlackMessage, "channel" | "user" | "text"> & Partial<SlackMessage>): SlackMessage {
    const said: SlackMessage = {
      threadTs: undefined,
      isOwn: false,
      ephemeralTo: undefined,
      metadata: undefined,
      files: [],
      blocks: [],
      edits: 0,
      ...message,
      ts: `${Math.floor(this.now() / 1_000)}.${this.name("")}`,
    };
    this.messages.push(said);
    return said;
  }

  /** What everybody sees of a channel, oldest first. */
  messagesOf(channel: string): readonly SlackMessage[] {
    return this.messages.filter((one) => one.channel === channel && one.ephemeralTo === undefined);
  }

  messageAt(channel: string, ts: string): SlackMessage | undefined {
    return this.messages.find((one) => one.channel === channel && one.ts === ts);
  }

  remove(message: SlackMessage): void {
    const index = this.messages.indexOf(message);
    if (index >= 0) this.messages.splice(index, 1);
  }

  grant(user: string, channel: string, origin?: SlackMessage, at = this.now()): SlackAnswerRight {
    const right: SlackAnswerRight = {
      id: this.name("R"),
      user,
      channel,
      at,
      origin,
      isTriggerUsed: false,
      responses: 0,
    };
    this.rights.set(right.id, right);
    return right;
  }
}
