import {
  contentOf,
  isYes,
  jsonOf,
  needed,
  openChannelOf,
  type SlackArguments,
  type SlackMethod,
  SlackRefusal,
  textOf,
} from "./call.ts";
import { isRecord } from "./checks.ts";
import { readMessage } from "./read-mrkdwn.ts";
import { BOT, BOT_USER, type SlackMessage, type SlackWorkspace } from "./workspace.ts";

const scopes = ["chat:write"];

/** What is written to people. */
export const chatMethods: Readonly<Record<string, SlackMethod>> = {
  "chat.postMessage": {
    scopes,
    run(workspace, given, notes) {
      const message = post(workspace, given, undefined, notes);
      noteUnfurls(message, given, notes);
      return { channel: message.channel, ts: message.ts, message: shownMessage(message, false) };
    },
  },
  "chat.postEphemeral": {
    scopes,
    run(workspace, given, notes) {
      return { message_ts: post(workspace, given, needed(given, "user"), notes).ts };
    },
  },
  "chat.update": {
    scopes,
    run(workspace, given, notes) {
      const channel = openChannelOf(workspace, needed(given, "channel"));
      const message = workspace.messageAt(channel.id, needed(given, "ts"));
      if (message === undefined || message.ephemeralTo !== undefined) throw new SlackRefusal("message_not_found");
      if (!message.isOwn) throw new SlackRefusal("cant_update_message");
      const { text, blocks } = contentOf(given, 4_000, notes);
      if (blocks === undefined) notes.push("changed without blocks");
      message.text = text;
      message.blocks = blocks ?? [];
      message.edits += 1;
      return { channel: channel.id, ts: message.ts, text, message: shownMessage(message, false) };
    },
  },
};

function post(workspace: SlackWorkspace, given: SlackArguments, to: string | undefined, notes: string[]): SlackMessage {
  const channel = openChannelOf(workspace, needed(given, "channel"));
  const { text, blocks = [] } = contentOf(given, 40_000, notes);
  const threadTs = textOf(given, "thread_ts");
  if (threadTs !== undefined && workspace.messageAt(channel.id, threadTs) === undefined)
    throw new SlackRefusal("thread_not_found");
  const metadata = given["metadata"] === undefined ? undefined : jsonOf(given, "metadata", "invalid_metadata_format");
  if (
    metadata !== undefined &&
    !(isRecord(metadata) && typeof metadata["event_type"] === "string" && isRecord(metadata["event_payload"]))
  )
    throw new SlackRefusal("invalid_metadata_schema");
  return workspace.say({
    channel: channel.id,
    user: BOT_USER,
    isOwn: true,
    text,
    blocks,
    threadTs,
    metadata,
    ephemeralTo: to,
  });
}

function noteUnfurls({ text, blocks }: SlackMessage, given: SlackArguments, notes: string[]): void {
  const links = [...readMessage(text, blocks).links, ...(text.match(/https?:\/\/[^\s<>|]+/g) ?? [])];
  const isQuiet = ["unfurl_links", "unfurl_media"].every((name) => given[name] !== undefined && !isYes(given, name));
  if (links.length > 0 && !isQuiet) notes.push(`unfurls ${links[0] ?? ""}`);
}

/** A message as Slack hands it out. */
export function shownMessage(message: SlackMessage, withMetadata: boolean): Record<string, unknown> {
  const { ts, threadTs, user, isOwn, text, blocks, metadata, edits } = message;
  return {
    type: "message",
    ts,
    user,
    text,
    ...(isOwn ? { bot_id: BOT, app_id: "A0HAL", blocks } : {}),
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...(edits === 0 ? {} : { edited: { user, ts } }),
    ...(withMetadata && metadata !== undefined ? { metadata } : {}),
  };
}
