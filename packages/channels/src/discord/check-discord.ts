import type { APIApplication, APIGuild, APIGuildMember, APIOverwrite, APIUser, REST } from "discord.js";
import { BAD_TOKEN, discordFailure } from "./discord-failure.ts";
import { DISCORD_PERMISSIONS } from "./discord-permissions.ts";

const ADMINISTRATOR = 1n << 3n;
const CONTENT_FLAGS = (1 << 18) | (1 << 19);

/** What is wrong with a bot token at first sight: a placeholder, or one of something else. */
export function tokenProblem(token: string): string | undefined {
  return /^[\w-]{18,}\.[\w-]{5,}\.[\w-]{20,}$/.test(token)
    ? undefined
    : "that is no bot token of Discord: copy it from Bot, Reset Token, of the app in the Developer Portal";
}

/** What is looked at of a channel, or a thread. */
interface Channel {
  readonly guild_id?: string;
  readonly name: string;
  readonly parent_id?: string | null;
  readonly thread_metadata?: { readonly locked: boolean };
  readonly permission_overwrites?: readonly APIOverwrite[];
}

export interface DiscordChecked {
  readonly place: string;
  readonly botToken: string;
  readonly guildId: string | undefined;
  readonly isReading: boolean;
}

/** What is missing before messages arrive in a channel and what people do there is heard; a line each. */
export async function checkDiscord(rest: REST, checked: DiscordChecked): Promise<readonly string[]> {
  const problem = tokenProblem(checked.botToken);
  if (problem !== undefined) return [problem];
  try {
    const [me, app] = (await Promise.all([rest.get("/users/@me"), rest.get("/applications/@me")])) as [
      APIUser,
      APIApplication,
    ];
    const isDeaf = checked.isReading && ((app.flags ?? 0) & CONTENT_FLAGS) === 0;
    const intent = "replies in threads are not heard: turn on Message Content Intent under Bot in the Developer Portal";
    return [...(isDeaf ? [intent] : []), ...(await channelProblems(rest, checked, me.id))];
  } catch (error) {
    const failure = discordFailure(error, checked.place);
    return [
      failure.problem === "stopped" && (error as { status?: number }).status === 401 ? BAD_TOKEN : failure.message,
    ];
  }
}

async function channelProblems(rest: REST, { place, guildId }: DiscordChecked, me: string): Promise<readonly string[]> {
  try {
    const channel = (await rest.get(`/channels/${place}`)) as Channel;
    const guild = channel.guild_id;
    if (guild === undefined) return [`${place} is no channel of a server: name another one`];
    if (guildId !== undefined && guild !== guildId)
      return [`#${channel.name} is on another server than ${guildId}: name a channel of this one`];
    if (channel.thread_metadata?.locked === true)
      return [`#${channel.name} is a locked thread: unlock it, or name another one`];
    const [server, member] = (await Promise.all([
      rest.get(`/guilds/${guild}`),
      rest.get(`/guilds/${guild}/members/${me}`),
    ])) as [APIGuild, APIGuildMember];
    // a thread has the rights of its channel
    const owner =
      channel.thread_metadata === undefined
        ? channel
        : ((await rest.get(`/channels/${channel.parent_id ?? ""}`)) as Channel);
    const held = permissionsIn(server, member, me, owner.permission_overwrites ?? []);
    return DISCORD_PERMISSIONS.filter(({ bit, isOptional = false }) => !isOptional && (held & bit) === 0n).map(
      ({ name, why }) =>
        `the app is not allowed ${name} in #${channel.name}, which ${why}: give it to the app's role there`,
    );
  } catch (error) {
    return [discordFailure(error, place).message];
  }
}

/** What somebody may do in a channel: by all roles, then by what the channel says of everybody, of roles, of them. */
export function permissionsIn(
  { id, owner_id, roles }: Pick<APIGuild, "id" | "owner_id" | "roles">,
  member: Pick<APIGuildMember, "roles">,
  me: string,
  overwrites: readonly Pick<APIOverwrite, "id" | "allow" | "deny">[],
): bigint {
  const all = roles
    .filter((role) => role.id === id || member.roles.includes(role.id))
    .reduce((held, role) => held | BigInt(role.permissions), 0n);
  if (owner_id === me || (all & ADMINISTRATOR) !== 0n) return ~0n;
  const apply = (held: bigint, of: readonly Pick<APIOverwrite, "allow" | "deny">[]): bigint => {
    const denied = of.reduce((bits, one) => bits | BigInt(one.deny), 0n);
    return (held & ~denied) | of.reduce((bits, one) => bits | BigInt(one.allow), 0n);
  };
  const everybody = apply(
    all,
    overwrites.filter((one) => one.id === id),
  );
  const byRole = apply(
    everybody,
    overwrites.filter((one) => member.roles.includes(one.id)),
  );
  return apply(
    byRole,
    overwrites.filter((one) => one.id === me),
  );
}
