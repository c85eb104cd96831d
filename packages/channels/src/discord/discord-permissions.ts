/** What the app has to be allowed on a server, and what for. */
export interface DiscordPermission {
  /** as Discord's settings call it */
  readonly name: string;
  readonly bit: bigint;
  readonly why: string;
  /** needed where it is used only */
  readonly isOptional?: boolean;
}

export const DISCORD_PERMISSIONS: readonly DiscordPermission[] = [
  { name: "View Channels", bit: 1n << 10n, why: "sees the channels that it writes to" },
  { name: "Send Messages", bit: 1n << 11n, why: "sends messages, and changes its own ones" },
  { name: "Embed Links", bit: 1n << 14n, why: "shows messages in their form: Discord leaves it out without a word" },
  { name: "Read Message History", bit: 1n << 16n, why: "finds a message again that was sent" },
  { name: "Create Public Threads", bit: 1n << 35n, why: "puts details into a thread below a message" },
  { name: "Send Messages in Threads", bit: 1n << 38n, why: "writes there" },
  { name: "Attach Files", bit: 1n << 15n, why: "sends what is too long for a message as a file", isOptional: true },
];

/** What the app hears over the gateway, and what for. */
export interface DiscordIntent {
  readonly name: string;
  readonly bit: number;
  readonly why: string;
  /** has to be turned on in the Developer Portal, under Bot */
  readonly isPrivileged?: boolean;
}

export const DISCORD_INTENTS: readonly DiscordIntent[] = [
  { name: "Guilds", bit: 1, why: "knows that its connection is there" },
  { name: "Guild Messages", bit: 1 << 9, why: "hears where somebody calls the app by its name" },
  { name: "Message Content", bit: 1 << 15, why: "hears replies in the thread of a session", isPrivileged: true },
];

/** The intents for what is to be heard. */
export function discordIntents(isReading: boolean): number {
  return DISCORD_INTENTS.filter(({ isPrivileged = false }) => isReading || !isPrivileged).reduce(
    (all, { bit }) => all | bit,
    0,
  );
}

/** Where a browser puts the app onto a server, with all that it has to be allowed. */
export function discordInviteUrl(applicationId: string, guildId?: string): string {
  const url = new URL("https://discord.com/oauth2/authorize");
  url.searchParams.set("client_id", applicationId);
  url.searchParams.set("scope", "bot applications.commands");
  url.searchParams.set("permissions", String(DISCORD_PERMISSIONS.reduce((all, { bit }) => all | bit, 0n)));
  if (guildId !== undefined) url.searchParams.set("guild_id", guildId);
  return url.href;
}
