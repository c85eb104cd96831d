import { setImmediate as nextTurn } from "node:timers/promises";
import { POLICY_OUTCOMES, type PolicyDecisionView, type ProjectReport, type ReviewView, usd } from "@hal/protocol";
import {
  answersTold,
  type EventRow,
  eventsToReview,
  newestEventId,
  placeAt,
  prunedUpTo,
  rootsOf,
  type LogPart,
  writesTold,
} from "@hal/store/supervisor";
import { time, timeOrNull } from "../../domain/time.ts";
import type { KnownNode } from "../nodes/node-statuses.ts";
import { decisionView } from "../policies/views.ts";
import type { Context } from "./context.ts";
import { describeItems } from "./describe-items.ts";
import { describeReviewed } from "./describe-reviewed.ts";
import { countByTier, inOrder } from "./domain/order.ts";
import { ReviewTally, type SessionTally } from "./domain/review-tally.ts";
import { writtenFiles } from "./domain/written-files.ts";
import { type OwnItem, readInbox } from "./read-inbox.ts";

/** So many places of the log are looked at before others have their turn. */
const WINDOW = 500;

const FILES = "files that commands wrote are not known: halctl sessions diff <session>";
const SHORT = "the log does not go back so far: what is older than its retention is not in it";

export interface ReviewWanted {
  readonly actor: string;
  readonly since: number | undefined;
  readonly project: string | undefined;
  readonly limit: number;
}

/** What happened since an actor looked last, or since a time. Reads, and writes nothing. */
export async function reviewInbox(context: Context, wanted: ReviewWanted, signal: AbortSignal): Promise<ReviewView> {
  const { store, clock } = context;
  const { project, limit } = wanted;
  const isMeant: Meant = (one) => project === undefined || one.project === project;
  const until = clock.now();
  const upTo = await newestEventId(store);
  const own = await readInbox(context, { actor: wanted.actor, since: wanted.since, project });
  const after = placeAt(store, own.finishedSince);
  const { tally, decisions } = await tallyOf(context, { after, upTo }, { isMeant, nodes: own.nodes, signal });
  const roots = rootsOf(store, tally.sessions);
  const reviewed = tally.byRoot((key) => roots.get(key)).filter(isMeant);
  const sessions = await describeReviewed(context, reviewed, own);
  const open = own.items.filter(({ state }) => state === "open");
  const waiting = inOrderOf(open).filter(({ item }) => item.tier !== "finished");
  return {
    since: time(own.finishedSince),
    until: time(until),
    last_look: timeOrNull(own.lastLook ?? null),
    sessions: sessions.slice(0, limit),
    more_sessions: Math.max(0, sessions.length - limit),
    waiting: await describeItems(context, waiting.slice(0, limit), own.nodes),
    counts: countByTier(open.map(({ item }) => item)),
    cost: costOf(reviewed),
    interactions: tally.interactions,
    policies: [...tally.policies],
    decisions: decisions.slice(-limit).toReversed(),
    notes: [FILES, ...(after < (await prunedUpTo(store)) ? [SHORT] : [])],
  };
}

type Meant = (one: { readonly project: string | null }) => boolean;

interface Reading {
  readonly isMeant: Meant;
  readonly nodes: ReadonlyMap<string, KnownNode>;
  readonly signal: AbortSignal;
}

/** Adds up a part of the log, a stretch at a time, so that it delays nobody however long it is. */
async function tallyOf(
  { store }: Context,
  { after, upTo }: LogPart,
  { isMeant, nodes, signal }: Reading,
): Promise<{ readonly tally: ReviewTally; readonly decisions: readonly PolicyDecisionView[] }> {
  const tally = new ReviewTally();
  const decisions: PolicyDecisionView[] = [];
  for (let from = after; from < upTo; from += WINDOW) {
    const stretch = { after: from, upTo: Math.min(upTo, from + WINDOW) };
    for (const answer of answersTold(store, stretch)) tally.answer(answer);
    for (const call of writesTold(store, stretch)) {
      const { nodeId, sessionId: id, project } = call;
      tally.wrote({ nodeId, id, project }, writtenFiles(call, directoryOf(nodes.get(nodeId), project)));
    }
    for (const row of eventsToReview(store, stretch).filter(isMeant)) {
      takeEvent(tally, row);
      if (row.type.startsWith("policy.")) decisions.push(decisionView(row));
    }
    await nextTurn();
    signal.throwIfAborted();
  }
  return { tally, decisions };
}

function takeEvent(tally: ReviewTally, { type, nodeId, sessionId, project, content }: EventRow): void {
  if (nodeId !== null && sessionId !== null) tally.seen({ nodeId, id: sessionId, project: project ?? "" });
  const said = { ...(content as Readonly<Record<string, unknown>> | null) };
  const asked = `${nodeId ?? ""}/${String(said["interactionId"])}`;
  switch (type) {
    case "interaction.asked":
      return tally.asked(asked);
    case "interaction.answered":
      return tally.closed(asked, said["rule"] == null ? "answered" : "by_rule");
    case "interaction.expired":
      return tally.closed(asked, "expired");
    default: {
      const outcome = POLICY_OUTCOMES.find((one) => type === `policy.${one}`);
      if (outcome !== undefined) tally.policy(String(said["policy"]), outcome);
    }
  }
}

function directoryOf(node: KnownNode | undefined, project: string): string | undefined {
  return (node?.row.projects as readonly ProjectReport[] | undefined)?.find(({ name }) => name === project)?.directory;
}

function inOrderOf(own: readonly OwnItem[]): OwnItem[] {
  const byItem = new Map(own.map((one) => [one.item, one]));
  return inOrder([...byItem.keys()]).flatMap((item) => byItem.get(item) ?? []);
}

/** What the sessions cost together, and by project, the dearest first. */
function costOf(sessions: readonly SessionTally[]): ReviewView["cost"] {
  const byProject = [...Map.groupBy(sessions, ({ project }) => project)].map(([project, own]) => ({
    project,
    costMicroUsd: own.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0),
    tokens: own.reduce((sum, { tokens }) => sum + tokens, 0),
  }));
  return {
    total: usd(byProject.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0)),
    tokens: byProject.reduce((sum, { tokens }) => sum + tokens, 0),
    by_project: byProject
      .toSorted((one, other) => other.costMicroUsd - one.costMicroUsd)
      .map(({ project, costMicroUsd, tokens }) => ({ project, cost: usd(costMicroUsd), tokens })),
  };
}
