import type { InboxItemView, InteractionView, ProjectReport } from "@hal/protocol";
import {
  healthOf,
  interactionsByKey,
  limitsOf,
  pendingPrompts,
  type PromptRow,
  promptsComing,
  prompterOfSession,
  type SessionRow,
  sessionsByKey,
} from "@hal/store/supervisor";
import { inboxSteps } from "@hal/words";
import { time, timeOrNull } from "../../domain/time.ts";
import { withProblem } from "../../operations/row-problem.ts";
import { actsOn, stopsOf } from "../commands/acts-under-way.ts";
import { toldHealth } from "../health/describe-health.ts";
import { marksOf } from "../health/domain/marks.ts";
import { describeInteractions } from "../interactions/describe-interactions.ts";
import type { KnownNode } from "../nodes/node-statuses.ts";
import { sessionStatus, underWayText } from "../sessions/views.ts";
import type { Context } from "./context.ts";
import type { StandingMark } from "./domain/tier.ts";
import type { FoundItem, SessionItem, UnstartedItem } from "./gather-items.ts";
import type { OwnItem } from "./read-inbox.ts";
import { keyOf } from "./standing-sessions.ts";

/** Items as people see them, in the order in which they come; one that has gone meanwhile is left out. */
export async function describeItems(
  context: Context,
  own: readonly OwnItem[],
  nodes: ReadonlyMap<string, KnownNode>,
): Promise<InboxItemView[]> {
  const items = own.map(({ item }) => item);
  const roots = sessionsByKey(
    context.store,
    items.map(({ nodeId, rootSessionId: id }) => ({ nodeId, id })),
  );
  const asked = await askedViews(context, items);
  const sessions = await sessionFacts(context, [...roots.values()]);
  const marks = await markTexts(context, items);
  return own.flatMap(({ item, state, until }) => {
    const root = roots.get(keyOf(item.nodeId, item.rootSessionId));
    const node = nodes.get(item.nodeId);
    const common = {
      id: item.id,
      tier: item.tier,
      node: node?.row.name ?? (item.nodeId || null),
      node_id: item.nodeId || null,
      project: item.project,
      session_id: item.rootSessionId || null,
      title: root?.title ?? "",
      state,
      until: timeOrNull(until),
    };
    if (item.about === "session")
      return root === undefined ? [] : [{ ...common, ...sessions.view(item, root, node, marks) }];
    if (item.about !== "interaction") return [{ ...common, ...unstartedView(item) }];
    const view = asked.get(keyOf(item.nodeId, item.id));
    return view === undefined ? [] : [{ ...common, ...askedView(view, node) }];
  });
}

type Own = Pick<InboxItemView, "kind" | "reason" | "since" | "owner" | "next">;

function unstartedView({ id, about: kind, reason, since }: UnstartedItem): Own {
  return { kind, reason, since: time(since), owner: null, next: inboxSteps({ id, kind, cause: "not_started" }) };
}

async function askedViews(context: Context, items: readonly FoundItem[]): Promise<Map<string, InteractionView>> {
  const rows = interactionsByKey(
    context.store,
    items.filter(({ about }) => about === "interaction"),
  );
  const views = await describeInteractions(context, rows);
  return new Map(views.map((view) => [keyOf(view.node_id, view.id), view]));
}

function askedView(view: InteractionView, node: KnownNode | undefined): Own {
  const { id, kind, summary, reason, session_id: asker, root_session_id: root, owner, asked_at: since } = view;
  const whose = asker === root ? "" : ` (its child ${asker} asks)`;
  const away = node?.status.status === "online" ? "" : `; its node is ${node?.status.reason ?? "not known"}`;
  return {
    kind,
    reason: `${summary}${whose}: ${reason}${away}`,
    since,
    owner,
    next: inboxSteps({ id, kind, cause: "asked" }),
  };
}

interface SessionFacts {
  view(item: SessionItem, root: SessionRow, node: KnownNode | undefined, marks: MarkTexts): Own;
}

async function sessionFacts(context: Context, rows: readonly SessionRow[]): Promise<SessionFacts> {
  const { store, clock } = context;
  const now = clock.now();
  const nodeIds = [...new Set(rows.map(({ nodeId }) => nodeId))];
  const limits = await limitsOf(store, rows, now);
  const acts = await actsOn(context, nodeIds);
  const pending = Map.groupBy(await pendingPrompts(store, { nodeIds }), ofSession);
  const stalled = Map.groupBy(
    promptsComing(store).filter(({ state }) => state === "stalled"),
    ofSession,
  );
  return {
    view({ need }, root, node, marks) {
      const key = keyOf(root.nodeId, root.id);
      const status = statusText(root, node, now);
      const underWay = underWayText(root, {
        stops: stopsOf(root, acts),
        nodeName: node?.row.name ?? root.nodeId,
        limitUntil: limits.get(key),
        pending: pending.get(key) ?? [],
        stalled: stalled.get(key) ?? [],
        open: [],
        now,
      });
      // what is stalled is said with its reason already
      const text = need.marks === undefined ? need.text : marksText(root, need.marks, marks);
      const own = need.cause === "stalled" || text === "" ? "" : `${text}; `;
      return {
        kind: "session",
        reason: withProblem(root, `${own}${status}${underWay}`),
        since: time(need.since),
        owner: prompterOfSession(store, root.nodeId, root.id) ?? null,
        next: inboxSteps({ id: root.id, kind: "session", cause: need.cause }),
      };
    },
  };
}

/** Why a session has a mark, by session and mark. */
type MarkTexts = (nodeId: string, id: string, mark: string) => string | undefined;

async function markTexts(context: Context, items: readonly FoundItem[]): Promise<MarkTexts> {
  const marked = items.flatMap(({ nodeId, id, ...item }) => {
    const marks = item.about === "session" ? (item.need.marks ?? []) : [];
    return marks.map(({ childId = id }) => ({ nodeId, id: childId }));
  });
  if (marked.length === 0) return () => undefined;
  const told = await healthOf(context.store, marked);
  const [now, limits] = [context.clock.now(), context.healthLimits()];
  return (nodeId, id, mark) =>
    // whether it has the mark is known already
    marksOf(toldHealth(told.get(keyOf(nodeId, id))), { status: "busy", now, limits }).find((one) => one.mark === mark)
      ?.reason;
}

function marksText({ nodeId, id }: SessionRow, marks: readonly StandingMark[], textOf: MarkTexts): string {
  return marks
    .map(({ mark, childId }) => {
      const reason = textOf(nodeId, childId ?? id, mark);
      const whose = childId === undefined ? "" : ` (its child ${childId})`;
      return `${mark}${whose}${reason === undefined ? "" : `: ${reason}`}`;
    })
    .join("; ");
}

function ofSession({ nodeId, sessionId }: Pick<PromptRow, "nodeId"> & { readonly sessionId: string | null }): string {
  return keyOf(nodeId, sessionId);
}

function statusText(root: SessionRow, node: KnownNode | undefined, now: number): string {
  const { reason } = sessionStatus(root, {
    node: node?.status ?? { status: "offline", reason: "offline: not known" },
    projects: (node?.row.projects ?? []) as ProjectReport[],
    open: [],
    now,
  });
  return reason;
}
