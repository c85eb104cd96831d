import type { Message } from "@hal/channels";
import { type InteractionView, type OpencodeReport, RESTART_FEATURE } from "@hal/protocol";
import {
  answeredSince,
  glanceAt,
  type NodeRow,
  type NoticeRow,
  openInteractionsOn,
  sessionById,
  type SessionRow,
  sessionsAtWork,
} from "@hal/store/supervisor";
import type { CardMoment, Composed, Composer, Standing } from "../../channels/composer.ts";
import { calledFor } from "../../channels/people.ts";
import { FLEET } from "../../channels/standing.ts";
import { describeInteractions } from "../../interactions/describe-interactions.ts";
import { featuresOf, type KnownNode, knownNodeById, statusOf, statusSeen } from "../../nodes/node-statuses.ts";
import { describeSessions } from "../../sessions/describe-session.ts";
import type { Context as ChannelsContext } from "../../channels/context.ts";
import { reviewInbox } from "../../inbox/review-inbox.ts";
import { DAILY_ROUTE, DAILY_TYPE } from "../domain/daily-digest.ts";
import { partsOf } from "../subject-of.ts";
import { spentSince } from "../../ledger/days-spent.ts";
import { WEEK_TYPE } from "../domain/due-week.ts";
import { weekSpent } from "../week-spent.ts";
import { weekMessage } from "./cost-message.ts";
import { dailyMessage } from "./daily-message.ts";
import { digestMessage } from "./digest-message.ts";
import { nodeCard, olderNodeCard } from "./node-card.ts";
import { judgeButton, type PressedSession } from "./session-buttons.ts";
import { doesText, olderCard, sessionCard } from "./session-card.ts";
import { sessionsDoing } from "./session-doing.ts";
import { showFleet } from "./show-fleet.ts";
import { toneOfEvent } from "./tone-of-event.ts";
import { touchedOf } from "./touched.ts";

/** Says to people how things are, by what is known of them when they are told. */
export function composerOf(context: ChannelsContext): Composer {
  return {
    async card(subject, moment) {
      const { kind, nodeId, id } = partsOf(subject);
      if (kind === "session") return ofSession(context, { nodeId, id }, moment);
      if (kind === "node") return ofNode(context, nodeId, moment);
      if (kind === FLEET) return showFleet(context);
      const { notice } = moment;
      if (notice === undefined) return undefined;
      if (notice.type === DAILY_TYPE) return ofDay(context, notice);
      const week = notice.type === WEEK_TYPE ? await weekSpent(context, notice.data["data"]) : undefined;
      const message = week === undefined ? lineOf(notice) : weekMessage(week, notice.at);
      return { message, isOver: true, saysAll: true };
    },
    line: lineOf,
    async standing(subject) {
      const { kind, nodeId, id } = partsOf(subject);
      if (kind === "node") return standingOf(await ofNode(context, nodeId, {}));
      if (kind !== "session") return "over";
      if ((await askedBy(context, { nodeId, id })).length > 0) return "asks";
      const moment = { since: context.clock.now(), pressed: [], isOlder: false };
      return standingOf(await ofSession(context, { nodeId, id }, moment));
    },
    digest: digestMessage,
    touched: (subjects, after, upTo) => touchedOf(context.store, subjects, { after, upTo }),
    judge(subject, key) {
      const { kind, nodeId, id } = partsOf(subject);
      return kind === "session" ? judgeButton(key, pressedSession(context, nodeId, id)) : {};
    },
    doing: (subjects) => sessionsDoing(context, subjects.map(partsOf)),
  };
}

function pressedSession(context: ChannelsContext, nodeId: string, id: string): PressedSession | undefined {
  const glance = glanceAt(context.store, nodeId, id);
  if (glance === undefined) return undefined;
  const { session, node, underWay } = glance;
  const known: KnownNode = { row: node, status: statusOf(context, node), replacedBy: undefined };
  const status = statusSeen(session, known);
  const facts = { status, underWay, ...buttonFacts(context, node, session) };
  const does = doesText({ session: { status, health: [] }, because: session.statusReason, asked: [] });
  return { ...glance, facts, does };
}

function buttonFacts(
  context: ChannelsContext,
  node: NodeRow | { readonly id: string },
  { nodeId, project }: SessionRow,
) {
  const row = { features: [], ...node };
  return {
    isHeld: context.held.refusing(nodeId, project).length > 0,
    canRestart: featuresOf(context, row).includes(RESTART_FEATURE),
  };
}

/** What goes on and is well is over, too, for whoever was to be told that it was not. */
function standingOf(composed: Composed | undefined): Standing {
  const tone = composed?.message.tone;
  return tone === "bad" || tone === "warn" ? "unwell" : "over";
}

/** What happened in a day, as it is known when it is sent. */
async function ofDay(context: ChannelsContext, { at, data: { since } }: NoticeRow): Promise<Composed> {
  const wanted = { actor: DAILY_ROUTE, since: typeof since === "number" ? since : at, project: undefined, limit: 50 };
  const review = await reviewInbox(context, wanted, context.stopping);
  const { cost_usd: spent } = await spentSince(context, wanted.since);
  return { message: dailyMessage(review, { spentUsd: spent, since: wanted.since }), isOver: true, saysAll: true };
}

/** What a session asks, or one that it started, the oldest first. */
async function askedBy({ store }: ChannelsContext, { nodeId, id }: { readonly nodeId: string; readonly id: string }) {
  const open = await openInteractionsOn(store, [nodeId]);
  return open.filter(({ sessionId, rootSessionId }) => sessionId === id || rootSessionId === id);
}

/** What a notice says by itself. */
function lineOf({ type, at, data }: NoticeRow): Message {
  const { text, build } = data;
  return { title: typeof text === "string" ? text : type, tone: build === "failed" ? "bad" : toneOfEvent(type), at };
}

async function ofSession(
  context: ChannelsContext,
  { nodeId, id }: { readonly nodeId: string; readonly id: string },
  { since: cardSince, pressed = [], isOlder = false }: CardMoment,
): Promise<Composed | undefined> {
  const row = await sessionById(context.store, nodeId, id);
  if (row === undefined) return undefined;
  const [session] = await describeSessions(context, [row]);
  if (session === undefined) return undefined;
  const called = (actor: string): string => calledFor(context, actor);
  const acted = pressed.map((one) => ({ ...one, by: called(one.by) }));
  if (isOlder) return olderCard({ session, pressed: acted });
  const asked = await askedBy(context, { nodeId, id });
  const since = session.status === "waiting" ? (asked[0]?.askedAt ?? row.statusSince) : row.statusSince;
  const glance = glanceAt(context.store, nodeId, id);
  return sessionCard({
    session,
    because: row.statusReason,
    since,
    asked: (await describeInteractions(context, asked)).map((one) => withNames(one, called)),
    answered: (await describeInteractions(context, await answeredSince(context.store, row, cardSince))).map((one) =>
      withNames(one, called),
    ),
    prompt: glance?.prompt,
    buttons: { ...buttonFacts(context, glance?.node ?? { id: nodeId }, row), since: row.statusSince },
    pressed: acted,
    now: context.clock.now(),
  });
}

/** The same, with people as others call them. */
function withNames(one: InteractionView, called: (actor: string) => string): InteractionView {
  const { answered_by: by, under_way: underWay } = one;
  return {
    ...one,
    answered_by: by === null ? null : called(by),
    under_way: underWay === null ? null : { ...underWay, actor: called(underWay.actor) },
  };
}

async function ofNode(
  context: ChannelsContext,
  nodeId: string,
  { isOlder = false }: Pick<CardMoment, "isOlder">,
): Promise<Composed | undefined> {
  const known = await knownNodeById(context, nodeId);
  if (known === undefined) return undefined;
  const { row, status } = known;
  if (isOlder) return olderNodeCard(row);
  const link = context.links.get(nodeId);
  const isWell = status.status === "online";
  const opencode = link?.report.opencode ?? (row.opencode as OpencodeReport);
  const why = link === undefined ? (row.disconnectReason ?? "nothing is heard of it") : status.reason;
  const atWork = isWell ? [] : await sessionsAtWork(context.store, { nodeId });
  return nodeCard({
    id: row.id,
    node: { name: row.name, hostname: row.hostname, connected: link !== undefined, status, opencode },
    reason: isWell ? "" : why,
    since: link === undefined ? (row.disconnectedAt ?? undefined) : isWell ? undefined : opencode.since,
    atWork: atWork.map(({ project }) => project),
  });
}
