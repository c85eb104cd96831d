import { judgeDiscordMessage } from "./judge-message.ts";
import { blemishesOf, callsOf } from "./read-markdown.ts";
import { DiscordRefusal, refuseBody } from "./refusal.ts";
import type { DiscordRequest, DiscordRoute } from "./route.ts";
import { BOT, type DiscordChannelState, type DiscordMessage, type DiscordServer, GUILD, RIGHTS } from "./server.ts";

const DEDUPE_MS = 3 * 60_000;
const isOfBot = true;

/** What is asked of channels, threads and their messages. */
export const channelRoutes: Readonly<Record<string, DiscordRoute>> = {
  "GET /channels/:id": { isOfBot, run: ({ server, ids }) => shownChannel(channelOf(server, ids[0])) },
  "PATCH /channels/:id": {
    isOfBot,
    run({ server, ids, body }) {
      const channel = channelOf(server, ids[0]);
      if (channel.parent === undefined) throw new DiscordRefusal(403, 50013, "Missing Permissions");
      openThread(channel);
      if (typeof body["archived"] === "boolean") channel.isArchived = body["archived"];
      return shownChannel(channel);
    },
  },
  "GET /channels/:id/messages": {
    isOfBot,
    run({ server, ids, query }) {
      const channel = channelOf(server, ids[0]);
      if ((server.rightsIn(channel) & RIGHTS.readHistory) === 0n) return [];
      const limit = Number(query.get("limit") ?? 50);
      if (!(limit >= 1 && limit <= 100)) refuseBody([{ pointer: "/limit", message: "int value should be 1 to 100." }]);
      const before = query.get("before");
      const all = server.messagesOf(channel.id).filter(({ id }) => before === null || BigInt(id) < BigInt(before));
      return all.slice(-limit).toReversed().map(shownMessage);
    },
  },
  "GET /channels/:id/messages/:id": {
    isOfBot,
    run: ({ server, ids }) => shownMessage(messageOf(server, channelOf(server, ids[0]), ids[1])),
  },
  "POST /channels/:id/messages": { isOfBot, run: (request) => post(request) },
  "PATCH /channels/:id/messages/:id": {
    isOfBot,
    run(request) {
      const { server, ids } = request;
      const channel = channelOf(server, ids[0]);
      const message = messageOf(server, channel, ids[1]);
      if (!message.isOwn) throw new DiscordRefusal(403, 50005, "Cannot edit a message authored by another user");
      openThread(channel);
      if (channel.isArchived) throw new DiscordRefusal(400, 50083, "Thread is archived");
      change(message, request);
      return shownMessage(message);
    },
  },
  "POST /channels/:id/messages/:id/threads": {
    isOfBot,
    run({ server, ids, body }) {
      const channel = channelOf(server, ids[0]);
      const message = messageOf(server, channel, ids[1]);
      need(server, channel, RIGHTS.createThreads);
      const { name, auto_archive_duration: minutes = 1_440 } = body;
      if (typeof name !== "string" || name.trim() === "" || name.length > 100)
        refuseBody([{ pointer: "/name", message: "Must be between 1 and 100 in length." }]);
      if (![60, 1_440, 4_320, 10_080].includes(minutes as number))
        refuseBody([{ pointer: "/auto_archive_duration", message: "Value must be one of (60, 1440, 4320, 10080)." }]);
      if (server.channels.has(message.id))
        throw new DiscordRefusal(400, 160004, "A thread has already been created for this message");
      return shownChannel(server.addChannel(message.id, String(name), channel.id));
    },
  },
};

function post(request: DiscordRequest): Record<string, unknown> {
  const { server, ids, body, files, notes } = request;
  const channel = channelOf(server, ids[0]);
  need(server, channel, channel.parent === undefined ? RIGHTS.sendMessages : RIGHTS.sendInThreads);
  if (files.length > 0) need(server, channel, RIGHTS.attachFiles);
  openThread(channel);
  const said = contentOf(request);
  const nonce = nonceOf(body);
  const before = server.messages.find(
    (one) => one.isOwn && one.nonce !== undefined && one.nonce === nonce && server.now() - timeOf(one) < DEDUPE_MS,
  );
  if (before !== undefined && body["enforce_nonce"] === true) {
    notes.push("the same nonce again: the message that is there already");
    return { ...shownMessage(before), nonce };
  }
  const kept = files.map(({ name, bytes }) => {
    const id = server.id();
    server.attachments.set(id, { id, name, bytes });
    return id;
  });
  channel.isArchived = false;
  const message = server.say({ channel: channel.id, author: BOT, isOwn: true, nonce, files: kept, ...said });
  return { ...shownMessage(message), nonce };
}

function nonceOf({ nonce }: DiscordRequest["body"]): string | undefined {
  return typeof nonce === "string" || typeof nonce === "number" ? String(nonce) : undefined;
}

/** What a message says, judged. */
export function contentOf({
  server,
  body,
  files,
  notes,
}: DiscordRequest): Pick<DiscordMessage, "content" | "embeds" | "components" | "calls"> {
  refuseBody(judgeDiscordMessage(body));
  const content = typeof body["content"] === "string" ? body["content"] : "";
  const embeds = Array.isArray(body["embeds"]) ? (body["embeds"] as readonly unknown[]) : [];
  const components = Array.isArray(body["components"]) ? (body["components"] as readonly unknown[]) : [];
  if (content.trim() === "" && embeds.length === 0 && files.length === 0)
    throw new DiscordRefusal(400, 50006, "Cannot send an empty message");
  if (embeds.length > 0 && (server.permissions & RIGHTS.embedLinks) === 0n) notes.push("embeds are left out");
  notes.push(...blemishesOf(content, embeds, Number(body["flags"] ?? 0)));
  return { content, embeds, components, calls: callsOf(content, body["allowed_mentions"]) };
}

/** Changes what a body names, and leaves the rest as it is. */
export function change(message: DiscordMessage, request: DiscordRequest): void {
  const { body, notes } = request;
  refuseBody(judgeDiscordMessage(body));
  const { content, embeds, components } = body;
  const next = {
    content: content === undefined ? message.content : ((content ?? "") as string),
    embeds: embeds === undefined ? message.embeds : ((embeds ?? []) as readonly unknown[]),
    components: components === undefined ? message.components : ((components ?? []) as readonly unknown[]),
  };
  if (next.content.trim() === "" && next.embeds.length === 0)
    throw new DiscordRefusal(400, 50006, "Cannot send an empty message");
  notes.push(...blemishesOf(next.content, next.embeds, 0));
  Object.assign(message, next);
  if (!message.isThinking) message.edits += 1;
  message.isThinking = false;
}

function channelOf(server: DiscordServer, id = ""): DiscordChannelState {
  const channel = server.channels.get(id);
  if (!/^\d{5,20}$/.test(id)) refuseBody([{ pointer: "/channel_id", message: `Value "${id}" is not snowflake.` }]);
  if (channel === undefined) throw new DiscordRefusal(404, 10003, "Unknown Channel");
  if (!server.isJoined) throw new DiscordRefusal(403, 50001, "Missing Access");
  if ((server.rightsIn(channel) & RIGHTS.viewChannel) === 0n) throw new DiscordRefusal(403, 50001, "Missing Access");
  return channel;
}

function messageOf(server: DiscordServer, channel: DiscordChannelState, id = ""): DiscordMessage {
  const message = server.messageAt(channel.id, id);
  // what only one person sees is none that the bot token reaches
  if (message === undefined || message.ephemeralTo !== undefined)
    throw new DiscordRefusal(404, 10008, "Unknown Message");
  return message;
}

function need(server: DiscordServer, channel: DiscordChannelState, right: bigint): void {
  if ((server.rightsIn(channel) & right) === 0n) throw new DiscordRefusal(403, 50013, "Missing Permissions");
}

/** One that is archived wakes by a message, unless it is locked. */
function openThread({ isLocked }: DiscordChannelState): void {
  if (isLocked) throw new DiscordRefusal(400, 160005, "Thread is locked");
}

function timeOf({ id }: DiscordMessage): number {
  return Number(BigInt(id) >> 22n) + 1_420_070_400_000;
}

export function shownChannel({ id, name, parent, denied, isArchived, isLocked }: DiscordChannelState) {
  const common = { id, name, guild_id: GUILD };
  if (parent !== undefined)
    return { ...common, type: 11, parent_id: parent, thread_metadata: { archived: isArchived, locked: isLocked } };
  const overwrites = denied === 0n ? [] : [{ id: GUILD, type: 0, allow: "0", deny: String(denied) }];
  return { ...common, type: 0, parent_id: null, permission_overwrites: overwrites };
}

/** A message as Discord hands it out; its nonce is not kept. */
export function shownMessage(message: DiscordMessage): Record<string, unknown> {
  const { id, channel, author, isOwn, content, embeds, components, edits, ephemeralTo } = message;
  return {
    id,
    type: 0,
    channel_id: channel,
    author: { id: author, username: isOwn ? "HAL" : author, discriminator: "0", avatar: null, bot: isOwn },
    content,
    embeds: embeds.map((embed) => ({ type: "rich", ...(embed as object) })),
    components,
    attachments: [],
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    pinned: false,
    tts: false,
    flags: ephemeralTo === undefined ? 0 : 64,
    timestamp: new Date(timeOf(message)).toISOString(),
    edited_timestamp: edits === 0 ? null : new Date(timeOf(message)).toISOString(),
  };
}
