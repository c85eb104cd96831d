import type { Message } from "@hal/channels";
import { answeredSince, type NoticeRow, openInteractionsOn, sessionById } from "@hal/store/supervisor";
import { statusText } from "@hal/words";
import type { Composed, Composer } from "../../channels/composer.ts";
import { describeInteractions } from "../../interactions/describe-interactions.ts";
import { knownNodeById } from "../../nodes/node-statuses.ts";
import { describeSessions } from "../../sessions/describe-session.ts";
import type { Context as ChannelsContext } from "../../channels/context.ts";
import { sessionCard } from "./session-card.ts";
import { toneOfEvent } from "./tone-of-event.ts";

/** Says to people how things are, by what is known of them when they are told. */
export function composerOf(context: ChannelsContext): Composer {
  return {
    async card(subject, { notice, since }) {
      const [kind = "", nodeId = "", ...rest] = subject.split("/");
      if (kind === "session") return ofSession(context, { nodeId, id: rest.join("/") }, since);
      if (kind === "node") return ofNode(context, nodeId);
      return notice === undefined ? undefined : { message: lineOf(notice), isOver: true };
    },
    line: lineOf,
  };
}

/** What a notice says by itself. */
function lineOf({ type, at, data }: NoticeRow): Message {
  const { text } = data;
  return { title: typeof text === "string" ? text : type, tone: toneOfEvent(type), at };
}

async function ofSession(
  context: ChannelsContext,
  { nodeId, id }: { readonly nodeId: string; readonly id: string },
  cardSince: number,
): Promise<Composed | undefined> {
  const row = await sessionById(context.store, nodeId, id);
  if (row === undefined) return undefined;
  const [session] = await describeSessions(context, [row]);
  const open = await openInteractionsOn(context.store, [nodeId]);
  const asked = open.filter(({ sessionId, rootSessionId }) => sessionId === id || rootSessionId === id);
  if (session === undefined) return undefined;
  const since = session.status === "waiting" ? (asked[0]?.askedAt ?? row.statusSince) : row.statusSince;
  return sessionCard({
    session,
    because: row.statusReason,
    since,
    asked: await describeInteractions(context, asked),
    answered: await describeInteractions(context, await answeredSince(context.store, row, cardSince)),
  });
}

async function ofNode(context: ChannelsContext, nodeId: string): Promise<Composed | undefined> {
  const node = await knownNodeById(context, nodeId);
  if (node === undefined) return undefined;
  const { row, status } = node;
  const isConnected = context.links.get(nodeId) !== undefined;
  const why = status.status === "online" ? undefined : isConnected ? status.reason : row.disconnectReason;
  const tone = status.status === "online" ? "good" : status.status === "offline" ? "bad" : "warn";
  const does = isConnected
    ? statusText({ ...status, reason: why ?? status.status })
    : `${status.status}: ${why ?? "nothing is heard of it"}`;
  const message: Message = { title: `${row.name} is ${does}`, tone, footer: row.id };
  return { message, isOver: status.status === "online" };
}
