import type { HeardCommand, HeardWords } from "../inbound.ts";
import { type DiscordUser, nameOf, whereIn } from "./read-discord-interaction.ts";

/** A message that somebody wrote, as Discord tells of it; what of it is used. */
export interface DiscordWritten {
  readonly id: string;
  readonly type?: number;
  readonly guild_id?: string;
  readonly channel_id: string;
  readonly webhook_id?: string;
  readonly author: DiscordUser;
  readonly member?: { readonly nick?: string | null; readonly roles: readonly string[] };
  readonly content: string;
  readonly mentions?: readonly DiscordUser[];
  readonly attachments?: readonly DiscordFileFacts[];
}

/** A file as Discord tells of it. */
export interface DiscordFileFacts {
  readonly filename: string;
  readonly content_type?: string;
  readonly size: number;
  readonly url: string;
}

export type DiscordWords =
  | Omit<HeardCommand, "reply">
  | (Omit<HeardWords, "reply" | "files"> & { readonly files: readonly DiscordFileFacts[] });

/** An ordinary one, or an answer to another one; others tell of somebody who came, or of a thread that was made. */
const WRITING = [0, 19];

/**
 * What somebody wrote; undefined where nobody asks for anything by it.
 * @param own the app's own user
 * @param parent of a thread: the channel that it is in
 */
export function readDiscordMessage(
  written: DiscordWritten,
  own: string,
  parent: string | undefined,
): DiscordWords | undefined {
  const { id, channel_id, author, member, content, attachments = [] } = written;
  if (!isWritten(written)) return undefined;
  const who = {
    id: author.id,
    name: nameOf(author, member?.nick),
    handle: author.username,
    roles: member?.roles ?? [],
    isManager: false,
  };
  const where = whereIn(channel_id, parent);
  const { place, thread } = where;
  if (isCalling(written, own)) {
    const rest = content.replace(new RegExp(`<@!?${own}>`), "");
    return { kind: "command", id, who, place, thread, words: wordsOf(readText(rest, written)), named: {} };
  }
  // without the right to read it, it is empty
  if (thread === undefined || (content === "" && attachments.length === 0)) return undefined;
  return { kind: "words", id, who, place, thread, text: readText(content, written), files: attachments };
}

/** Whether a person wrote it: what programs write, this one included, asks for nothing. */
export function isWritten({ type = 0, author, webhook_id }: DiscordWritten): boolean {
  return WRITING.includes(type) && author.bot !== true && webhook_id === undefined;
}

/** Whether the app is called in it by its name. */
export function isCalling({ content }: Pick<DiscordWritten, "content">, own: string): boolean {
  return new RegExp(`<@!?${own}>`).test(content);
}

/** As people read it: names instead of ids where Discord says them. */
function readText(text: string, { mentions = [] }: DiscordWritten): string {
  return text
    .replaceAll(/<@!?(\d{5,20})>/g, (whole, id: string) => {
      const user = mentions.find((one) => one.id === id);
      return user === undefined ? whole : `@${user.global_name ?? user.username}`;
    })
    .replaceAll(/<a?(:\w+:)\d{5,20}>/g, "$1")
    .trim();
}

/** Quotes and dashes that a keyboard made pretty are plain ones again. */
function wordsOf(text: string): readonly string[] {
  return text
    .replaceAll(/[\u2018\u2019\u201a\u201b]/g, "'")
    .replaceAll(/[\u201c\u201d\u201e\u201f]/g, '"')
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => word.replace(/^[\u2013\u2014](?=\w)/, "--"));
}
