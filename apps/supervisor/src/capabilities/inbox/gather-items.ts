import type { Tier } from "@hal/protocol";
import { interactionsOpen, type OpenInteraction, type SessionRow, sessionsByKey } from "@hal/store/supervisor";
import { actsOn } from "../commands/acts-under-way.ts";
import { type KnownNode, nodeStatuses } from "../nodes/node-statuses.ts";
import type { Context } from "./context.ts";
import { finishedAt, type Need, needOf } from "./domain/tier.ts";
import { keyOf, type Scope, standingSessions } from "./standing-sessions.ts";
import { unstartedItems } from "./unstarted-items.ts";

interface Found {
  readonly nodeId: string;
  readonly id: string;
  readonly project: string;
  readonly tier: Tier;
  readonly since: number;
  readonly rootSessionId: string;
  /** which time of all that is: when it is another one, the item has moved */
  readonly footing: string;
}

/** An open interaction: it waits for a person, or an answer to it has not reached it yet. */
export interface AskedItem extends Found {
  readonly about: "interaction";
  readonly isAnswered: boolean;
}

/** A root session that needs somebody. */
export interface SessionItem extends Found {
  readonly about: "session";
  readonly need: Need;
}

/** What was to start a session, and did not. */
export interface UnstartedItem extends Found {
  readonly about: "schedule" | "project" | "budget";
  readonly reason: string;
}

export type FoundItem = AskedItem | SessionItem | UnstartedItem;

export interface Gathered {
  readonly items: readonly FoundItem[];
  /** how many finished that are not among them */
  readonly moreFinished: number;
  readonly nodes: ReadonlyMap<string, KnownNode>;
}

/** All that needs somebody, in no order, with as little of each as it takes to know that. */
export async function gatherItems(context: Context, scope: Scope): Promise<Gathered> {
  const { store } = context;
  const { only, finishedSince } = scope;
  const nodes = await nodeStatuses(context);
  const open = interactionsOpen(store).filter(
    ({ nodeId, rootSessionId }) => only === undefined || (nodeId === only.nodeId && rootSessionId === only.id),
  );
  const acts = await actsOn(context, nodes.keys());
  const answered = new Set(
    acts
      .filter(({ type }) => type === "interaction.answer")
      .map(({ nodeId, args }) => keyOf(nodeId, (args as { readonly interactionId?: string }).interactionId ?? "")),
  );
  const restarting = new Set(
    acts.filter(({ type }) => type === "session.restart").map(({ nodeId, sessionId }) => keyOf(nodeId, sessionId)),
  );
  const { known, rested, restedCount } = await standingSessions(context, { nodes, open, restarting }, scope);
  const items: FoundItem[] = open.map((asked) => askedItem(asked, answered));
  for (const { row, standing } of known) {
    // of one that nobody has told of since its agent came back as another nobody knows what it does
    const need = row.turn === "untold" ? undefined : needOf(standing, finishedSince);
    if (need !== undefined) items.push(sessionItem(row.nodeId, row.id, row.project, need));
  }
  for (const { nodeId, id, project, since } of rested) items.push(sessionItem(nodeId, id, project, finishedAt(since)));
  if (only === undefined) items.push(...(await unstartedItems(context)));
  return { items: withoutTwins(context, items, nodes), moreFinished: restedCount - rested.length, nodes };
}

function sessionItem(nodeId: string, id: string, project: string, need: Need): SessionItem {
  const { tier, since, footing } = need;
  return { about: "session", nodeId, id, project, rootSessionId: id, tier, since, footing, need };
}

function askedItem(asked: OpenInteraction, answered: ReadonlySet<string>): AskedItem {
  const { nodeId, id, project, rootSessionId, askedAt } = asked;
  const isAnswered = answered.has(keyOf(nodeId, id));
  return {
    about: "interaction",
    nodeId,
    id,
    project,
    rootSessionId,
    tier: "blocked",
    since: askedAt,
    footing: "asked",
    isAnswered,
  };
}

/** Of a session that two nodes tell of, since one took the place of the other, the one that lives tells. */
function withoutTwins(
  { store }: Context,
  items: readonly FoundItem[],
  nodes: ReadonlyMap<string, KnownNode>,
): readonly FoundItem[] {
  if (![...nodes.values()].some(({ replacedBy }) => replacedBy !== undefined)) return items;
  const heirOf = ({ nodeId, rootSessionId: id }: FoundItem): Pick<SessionRow, "nodeId" | "id"> | undefined => {
    const heir = nodes.get(nodeId)?.replacedBy;
    return heir === undefined ? undefined : { nodeId: heir, id };
  };
  const told = sessionsByKey(
    store,
    items.flatMap((item) => heirOf(item) ?? []),
  );
  if (told.size === 0) return items;
  return items.filter((item) => {
    const heir = heirOf(item);
    return heir === undefined || !told.has(keyOf(heir.nodeId, heir.id));
  });
}
