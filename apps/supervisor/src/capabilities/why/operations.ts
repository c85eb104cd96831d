import { holdsProject, isAtRest, isFinal, type ProjectReport, type ResourceReport } from "@hal/protocol";
import {
  childrenOf,
  countSessions,
  healthOf,
  limitsOf,
  type EventRow,
  listCommands,
  listEvents,
  newestOfTypes,
  openCommandsOf,
  openInteractionsOn,
  pendingPrompts,
  type CommandRow,
  type SessionRow,
  stalledOn,
} from "@hal/store/supervisor";
import { holdText } from "@hal/words";
import type { Context } from "./context.ts";
import { commandFacts } from "./command-facts.ts";
import { openOnes, unaskedIn } from "./interaction-facts.ts";
import { arrivalFacts } from "./arrival-facts.ts";
import { explainArrival } from "./domain/arrival-findings.ts";
import { explainCommand } from "./domain/command-answer.ts";
import { explain } from "./domain/explanation.ts";
import type { KnownCommand, KnownEvent, KnownHold, NodeSubject, WhyFacts } from "./domain/facts.ts";
import { explainProject } from "./domain/project-findings.ts";
import { explainSchedule } from "./domain/schedule-findings.ts";
import { idleProject, unlessNotFound } from "./idle-project.ts";
import { nothingCalled } from "./nothing-called.ts";
import { budgetFacts } from "./budget-facts.ts";
import { restartFacts } from "./restart-facts.ts";
import { scheduleFacts } from "./schedule-facts.ts";
import { actsOn, stopsOf } from "../commands/acts-under-way.ts";
import { commandView } from "../commands/command-view.ts";
import { toldHealth } from "../health/describe-health.ts";
import { healthFacts } from "../health/domain/marks.ts";
import { notesOn } from "../inbox/describe-notes.ts";
import { policiesOn } from "../policies/describe-policies.ts";
import { describePrompts } from "../prompts/describe-prompts.ts";
import { sharedTextOf } from "../sessions/claims.ts";
import { worktreeFacts } from "../sessions/domain/worktree.ts";
import { sessionStatus, underWayText } from "../sessions/views.ts";
import type { Handler } from "../../operations/handler.ts";
import { outdatedToken, tokenRoleOf } from "../nodes/node-credential.ts";
import { concernsNode, holdViews } from "../nodes/hold-views.ts";
import { type KnownNode, nodeFacts, statusSeen } from "../nodes/node-statuses.ts";
import { resolveNode } from "../nodes/resolve-node.ts";
import { fleetProject } from "../projects/fleet-projects.ts";
import { resolveSession } from "../references/resolve-session.ts";

/** What is told of a node beside its sessions, and rare enough to be looked for by type. */
const NODE_EVENTS = [
  "node.online",
  "node.offline",
  "opencode.up",
  "opencode.down",
  "opencode.recycled",
  "projects.changed",
] as const;

const RECENT = {
  events: 40,
  nodeEvents: 8,
  commands: 10,
  gaps: 3,
  children: 50,
  shownChildren: 3,
  prompts: 5,
};

const get: Handler<"why.get", Context> = async (context, { ref, kind }) => {
  const command = kind === undefined || kind === "command" ? await commandFacts(context, ref) : undefined;
  if (command !== undefined) return explainCommand(command);
  if (kind === undefined || kind === "session") {
    const row = await unlessNotFound(resolveSession(context, ref));
    if (row !== undefined) return explain(await sessionFacts(context, row));
  }
  if (kind === undefined || kind === "node") {
    const node = await unlessNotFound(resolveNode(context, ref));
    if (node !== undefined) return explain(await factsOfNode(context, node));
    const found = await idleProject(context, ref);
    if (found?.place !== undefined) return explain(await factsOfNode(context, found.place.node, found.view.name));
    if (found !== undefined) return explainProject(found.view);
  }
  const schedule = kind === undefined || kind === "schedule" ? await scheduleFacts(context, ref) : undefined;
  if (schedule !== undefined) return explainSchedule(schedule);
  const arrival = kind === undefined || kind === "arrival" ? arrivalFacts(context, ref) : undefined;
  if (arrival !== undefined) return explainArrival(arrival);
  throw nothingCalled(ref, kind);
};

async function sessionFacts(context: Context, row: SessionRow): Promise<WhyFacts> {
  const { store } = context;
  const now = context.clock.now();
  const node = await resolveNode(context, row.nodeId);
  const open = (await openInteractionsOn(store, [row.nodeId])).filter(
    (asked) => asked.sessionId === row.id || asked.rootSessionId === row.id,
  );
  const stops = stopsOf(row, await actsOn(context, [row.nodeId]));
  const { status, reason: why } = sessionStatus(row, {
    node: node.status,
    projects: node.row.projects as ProjectReport[],
    open,
    now,
  });
  const told = toldHealth((await healthOf(store, [row])).get(`${row.nodeId}/${row.id}`));
  const pending = await pendingPrompts(store, { session: row });
  const stalled = (await stalledOn(store, [row.nodeId])).filter(({ sessionId }) => sessionId === row.id);
  const limitUntil = (await limitsOf(store, [row], now)).get(`${row.nodeId}/${row.id}`);
  const underWay = underWayText(row, { stops, nodeName: node.row.name, limitUntil, pending, stalled, open, now });
  const reason = `${why}${underWay}${await sharedTextOf(context, row, node)}`;
  const children = (await childrenOf(store, row, RECENT.children)).filter(({ status: of }) => !isAtRest(of));
  const common = await commonFacts(context, node, row.project, row.id);
  const project = await unlessNotFound(fleetProject(context, row.project));
  return {
    ...common,
    session: {
      id: row.id,
      project: row.project,
      title: row.title,
      status,
      reason,
      since: row.statusSince,
      startedAt: row.startedAt,
      health: told && healthFacts(told, { status, now, limits: context.healthLimits() }),
      isExternal: row.external && row.parentId === null,
      worktree: worktreeFacts(row),
      ...(await restartFacts(context, row)),
      children: children
        .slice(0, RECENT.shownChildren)
        .map((child) => ({ id: child.id, status: child.status, reason: child.statusReason })),
    },
    open: await openOnes(context, open),
    unasked: await unaskedIn(context, row),
    stalled: stalled.map(({ commandId, reason: stall, askedAt }) => ({
      commandId,
      reason: stall ?? "nothing came of it",
      askedAt,
    })),
    policies: policiesOn(context, row, node.row),
    notes: await notesOn(context, row),
    project,
    pending: await describePrompts(context, pending.slice(0, RECENT.prompts)),
    commands: (await listCommands(store, { session: row, limit: RECENT.commands })).map((command) =>
      asCommand(command, now, node),
    ),
    events: (await listEvents(store, { nodeId: row.nodeId, sessionId: row.id, limit: RECENT.events })).map(asEvent),
    gaps: common.gaps.filter(({ at }) => at >= row.startedAt),
  };
}

async function factsOfNode(context: Context, node: KnownNode, project?: string): Promise<WhyFacts> {
  const { store } = context;
  const now = context.clock.now();
  const newest = await listCommands(store, { nodeId: node.row.id, limit: RECENT.commands });
  const open = (await openCommandsOf(store, node.row.id)).slice(0, RECENT.commands);
  const known = new Map(
    [...newest.filter(({ state }) => isFinal(state)).slice(0, 1), ...open].map((row) => [row.id, row]),
  );
  const rows = [...known.values()].toSorted((one, other) => other.createdAt - one.createdAt);
  return {
    ...(await commonFacts(context, node, project)),
    session: undefined,
    idleProject: project,
    project: project === undefined ? undefined : await unlessNotFound(fleetProject(context, project)),
    open: await openOnes(context, await openInteractionsOn(store, [node.row.id])),
    commands: rows.map((command) => asCommand(command, now, node)),
    events: (await newestOfTypes(store, { nodeId: node.row.id, types: NODE_EVENTS, limit: RECENT.nodeEvents })).map(
      asEvent,
    ),
  };
}

async function commonFacts(context: Context, node: KnownNode, project?: string, sessionId?: string) {
  const { store, version } = context;
  const gaps = await newestOfTypes(store, { nodeId: node.row.id, types: ["gap"], limit: RECENT.gaps });
  const counts: Record<string, number> = {};
  for (const counted of await countSessions(store))
    if (counted.nodeId === node.row.id) {
      const seen = statusSeen(counted, node);
      counts[seen] = (counts[seen] ?? 0) + counted.count;
    }
  return {
    now: context.clock.now(),
    supervisorVersion: version,
    node: {
      ...asSubject(context, node, await holdsOf(context, node, project)),
      budgets: await budgetFacts(context, { nodeId: node.row.id, project, sessionId }),
    },
    gaps: gaps.map(asEvent),
    stuck: context.followers.reports.flatMap(({ name, stuck }) => (stuck === undefined ? [] : [{ name, ...stuck }])),
    sessions: counts,
  };
}

/** What holds the node, or the project that is asked for. */
async function holdsOf(context: Context, { row }: KnownNode, project: string | undefined): Promise<KnownHold[]> {
  const views = await holdViews(
    context,
    context.held.concerning(row.id).filter((hold) => project === undefined || holdsProject(hold, project)),
  );
  return views
    .filter((view) => concernsNode(view, row) || view.project === project)
    .map((view) => ({ text: holdText(view), release: view.release, since: Date.parse(view.since) }));
}

function asSubject(context: Context, { row, status }: KnownNode, holds: readonly KnownHold[]): NodeSubject {
  const facts = nodeFacts(context, row);
  const report = context.links.get(row.id)?.report;
  return {
    id: row.id,
    name: row.name,
    hostname: row.hostname,
    agentVersion: row.version,
    status,
    connected: facts.connected,
    connectedAt: facts.connectedAt,
    lastHeartbeatAt: facts.lastHeartbeatAt,
    heartbeatIntervalMs: context.heartbeat.intervalMs,
    opencode: facts.opencode,
    projects: facts.projects,
    resources: report?.resources ?? (row.resources as ResourceReport | null) ?? undefined,
    outboxDepth: report?.outbox.depth ?? 0,
    differences: context.differences.of(row.id),
    holds,
    hasAdminToken: tokenRoleOf(context, row) === "admin",
    token: outdatedToken(context, row),
  };
}

function asCommand(row: CommandRow, now: number, { status }: KnownNode): KnownCommand {
  const { id, type, state, sessionId, createdAt, deadlineAt } = row;
  return { id, type, state, sessionId, createdAt, deadlineAt, reason: commandView(row, now, status).reason };
}

function asEvent({ type, at, content }: EventRow): KnownEvent {
  return { type, at, data: { ...(content as Readonly<Record<string, unknown>> | null) } };
}

export const whyHandlers = { "why.get": get };
