import { type ErrorBody, HalError, type ProjectReport } from "@hal/protocol";
import {
  allTasks,
  commandById,
  type EventRow,
  failProjectStart,
  listSessions,
  projectStart,
  recordProjectStart,
  WAITS,
} from "@hal/store/supervisor";
import { living, nodeStatuses } from "../nodes/node-statuses.ts";
import type { Issuer } from "../commands/issue-command.ts";
import { startSession } from "../sessions/start-session.ts";
import type { Context } from "./context.ts";
import { choosePlace, type PlaceFacts } from "./domain/choose-place.ts";
import { dependentsOf, waitsFor } from "./domain/project-graph.ts";
import { waitText } from "./domain/wait-text.ts";

/** How long a start waits for its node. */
const DEADLINE_MS = 7 * 86_400_000;

/** What follows from an event of the log: projects whose turn it is are started, and what began nothing is kept with its reason. */
export async function followTasks(context: Context, event: EventRow): Promise<void> {
  if (event.type === "task.completed") await beginDependents(context, event);
  else await keepFailure(context, event);
}

/**
 * Starts what depends on a project that was completed, where nothing else is waited for, once for each completion: a start that is
 * asked for again, by this supervisor or by one that was restored from a copy, has the same key.
 */
async function beginDependents(context: Context, event: EventRow): Promise<void> {
  const { project: upstream } = event;
  if (upstream === null) return;
  const dependents = dependentsOf(context.dependencies.graph, upstream);
  if (dependents.length === 0) return;
  const tasks = new Map((await allTasks(context.store)).map((task) => [task.project, task]));
  const task = tasks.get(upstream);
  // it was completed already, or has been completed once more since: that is the event that counts
  if (task === undefined || task.eventId < event.id || (task.eventId > event.id && task.state === "completed")) return;
  for (const project of dependents) {
    if ((await projectStart(context.store, project, event.id)) !== undefined) continue;
    const waited = waitsFor(context.dependencies.graph, tasks, project);
    const asked =
      waited.length > 0
        ? { commandId: null, code: WAITS, reason: waitText(waited) }
        : await begin(context, project, event);
    const start = { project, eventId: event.id, upstream, at: context.clock.now(), ...asked };
    if ((await recordProjectStart(context.store, start)) && asked.code !== WAITS)
      context.log.info(
        { project, after: upstream, command: asked.commandId, reason: asked.reason },
        SAID[kindOf(asked)],
      );
  }
}

const SAID = {
  started: "a project is started: all that it depends on is completed",
  refused: "a project was not started, although all that it depends on is completed",
} as const;

interface Asked {
  readonly commandId: string | null;
  readonly code: string | null;
  readonly reason: string | null;
}

function kindOf({ commandId }: Asked): keyof typeof SAID {
  return commandId === null ? "refused" : "started";
}

async function begin(context: Context, project: string, event: EventRow): Promise<Asked> {
  try {
    const place = choosePlace(await placesOf(context, project));
    if (place === undefined) throw new HalError("not_found", `no node has a project ${project}`);
    const { id } = await startSession(context, issuerOf(context, project, event), {
      project,
      node: place.nodeId,
      prompt: context.dependencies.promptOf(project),
      deadline_ms: DEADLINE_MS,
      wait_ms: 0,
    });
    return { commandId: id, code: null, reason: null };
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    return { commandId: null, code: error.code, reason: error.message };
  }
}

/** Asks in the name of the project; a completion has a name that a restore of the database does not change. */
function issuerOf({ stopping }: Context, project: string, { nodeId, sourceKey, id }: EventRow): Issuer {
  const completion = `${nodeId ?? ""}/${sourceKey ?? id}`;
  return {
    actor: `project:${project}`,
    operation: "sessions.start",
    rawInput: { project, completion },
    idempotencyKey: `${project}/${completion}`,
    signal: stopping,
  };
}

async function placesOf(context: Context, project: string): Promise<PlaceFacts[]> {
  const all = [...(await nodeStatuses(context)).values()];
  const found = all.flatMap((node) => {
    const report = (node.row.projects as ProjectReport[]).find(({ name }) => name === project);
    return report === undefined ? [] : [{ node, report }];
  });
  return Promise.all(
    living(found, ({ node }) => node).map(async ({ node: { row, status }, report }) => {
      const [newest] = await listSessions(context.store, { project, nodeId: row.id, limit: 1 });
      return {
        nodeId: row.id,
        name: row.name,
        isReachable: status.status !== "offline",
        isReady: report.state === "ready" && report.problem === undefined,
        lastActivityAt: newest?.lastActivityAt,
      };
    }),
  );
}

/** Keeps why a start that was asked of a node began nothing. */
async function keepFailure({ store, clock, log }: Context, { content }: EventRow): Promise<void> {
  const { commandId } = (content ?? {}) as { readonly commandId?: unknown };
  const command = typeof commandId === "string" ? await commandById(store, commandId) : undefined;
  if (command?.type !== "session.start" || !command.actor.startsWith("project:")) return;
  const error = command.error as ErrorBody | null;
  const code = error?.code ?? command.state;
  const reason = error?.message ?? `its start was ${command.state}`;
  if (await failProjectStart(store, command.id, { code, reason, now: clock.now() }))
    log.warn({ project: command.project, command: command.id, reason }, "a project was not started by its node");
}
