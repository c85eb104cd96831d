import type { Posted } from "../channel.ts";
import type { Completion, HeardCommand, HeardForm, HeardPress, Person } from "../inbound.ts";
import { type DiscordFilled, readDiscordForm } from "./render-discord-form.ts";

/** What Discord tells of somebody who did something; what of it is used. */
export interface DiscordInteraction {
  readonly id: string;
  readonly application_id: string;
  readonly token: string;
  /** 2 a command, 3 a press, 4 a completion, 5 a form */
  readonly type: number;
  readonly guild_id?: string;
  readonly channel_id?: string;
  readonly channel?: { readonly id: string; readonly type?: number; readonly parent_id?: string | null };
  readonly member?: {
    readonly user: DiscordUser;
    readonly nick?: string | null;
    readonly roles: readonly string[];
    readonly permissions: string;
  };
  readonly message?: DiscordShownMessage;
  readonly data?: {
    readonly name?: string;
    readonly options?: readonly DiscordOption[];
    readonly custom_id?: string;
    readonly components?: readonly DiscordFilled[];
  };
}

export interface DiscordUser {
  readonly id: string;
  readonly username: string;
  readonly global_name?: string | null;
  readonly bot?: boolean;
}

/** The message with the button that was pressed. */
export interface DiscordShownMessage {
  readonly id: string;
  readonly channel_id: string;
  readonly flags?: number;
  readonly embeds: readonly { readonly url?: string }[];
}

interface DiscordOption {
  readonly name: string;
  /** 1 and 2 are commands below another one */
  readonly type: number;
  readonly value?: string | number | boolean;
  readonly options?: readonly DiscordOption[];
  readonly focused?: boolean;
}

type Told<T> = Omit<T, "reply">;
export type DiscordHeard = Told<HeardCommand> | Told<HeardPress> | Told<HeardForm>;

const MANAGES = (1n << 3n) | (1n << 5n);
const THREADS = [10, 11, 12];

/** What somebody did, without what answers it; undefined where it is nothing that is heard here. */
export function readDiscordInteraction(told: DiscordInteraction): DiscordHeard | undefined {
  const { id, type, data = {}, message } = told;
  const who = personOf(told);
  const where = whereOf(told);
  if (who === undefined || where === undefined) return undefined;
  const common = { id, who, ...where };
  const posted = message === undefined ? undefined : { place: message.channel_id, id: message.id };
  switch (type) {
    case 2: {
      const { words, named } = typedIn(data);
      return { kind: "command", ...common, words, named };
    }
    case 3:
      if (posted === undefined || data.custom_id === undefined) return undefined;
      return { kind: "press", ...common, button: data.custom_id, message: posted };
    case 5:
      if (data.custom_id === undefined) return undefined;
      return {
        kind: "form",
        ...common,
        form: data.custom_id,
        values: readDiscordForm(data.components ?? []),
        message: posted,
      };
    default:
      return undefined;
  }
}

/** What somebody is about to type; undefined where it is nothing that can go on. */
export function readDiscordCompletion(told: DiscordInteraction): Completion | undefined {
  const who = personOf(told);
  const where = whereOf(told);
  const { words, named, focused } = typedIn(told.data ?? {});
  if (told.type !== 4 || who === undefined || where === undefined || focused === undefined) return undefined;
  const { [focused.name]: _, ...others } = named;
  return { who, place: where.place, words, named: others, option: focused.name, typed: String(focused.value ?? "") };
}

/** When an id was made, in milliseconds since 1970. */
export function timeOfDiscordId(id: string): number {
  return /^\d{1,20}$/.test(id) ? Number(BigInt(id) >> 22n) + 1_420_070_400_000 : 0;
}

function personOf({ member }: DiscordInteraction): Person | undefined {
  if (member === undefined) return undefined;
  const { user, nick, roles, permissions } = member;
  const isManager = (BigInt(permissions) & MANAGES) !== 0n;
  return { id: user.id, name: nameOf(user, nick), handle: user.username, roles, isManager };
}

export function nameOf({ username, global_name }: DiscordUser, nick: string | null | undefined): string {
  return nick ?? global_name ?? username;
}

function whereOf({
  channel,
  channel_id,
}: DiscordInteraction): { place: string; thread: Posted | undefined } | undefined {
  const id = channel_id ?? channel?.id;
  if (id === undefined) return undefined;
  const parent = THREADS.includes(channel?.type ?? 0) ? channel?.parent_id : undefined;
  return whereIn(id, parent ?? undefined);
}

/** A place, and the message in whose thread it is: a thread has the id of its message. */
export function whereIn(id: string, parent: string | undefined): { place: string; thread: Posted | undefined } {
  return parent === undefined ? { place: id, thread: undefined } : { place: parent, thread: { place: parent, id } };
}

function typedIn({ name = "", options = [] }: NonNullable<DiscordInteraction["data"]>): {
  readonly words: readonly string[];
  readonly named: Readonly<Record<string, string>>;
  readonly focused: DiscordOption | undefined;
} {
  const words = [name];
  let inside = options;
  for (let below = inside[0]; below?.type === 1 || below?.type === 2; below = inside[0]) {
    words.push(below.name);
    inside = below.options ?? [];
  }
  const named = inside.flatMap((one) => (one.value === undefined ? [] : [[one.name, String(one.value)] as const]));
  return { words, named: Object.fromEntries(named), focused: inside.find(({ focused = false }) => focused) };
}
