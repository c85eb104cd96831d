import { type FleetProjectView, HalError, type ProjectReport, TASKS_FEATURE } from "@hal/protocol";
import { allTasks, commandById, countSessions, latestStart, type ProjectTaskRow } from "@hal/store/supervisor";
import { time } from "../../domain/time.ts";
import { nothingLike } from "../../operations/nothing-like.ts";
import { projectState } from "../nodes/domain/project-state.ts";
import { featuresOf, type KnownNode, living, nodeNamer, nodeStatuses, statusSeen } from "../nodes/node-statuses.ts";
import type { Context } from "./context.ts";
import { dependentsOf, type Waited, waitsFor } from "./domain/project-graph.ts";
import { taskReason } from "./domain/task-reason.ts";
import { waitText } from "./domain/wait-text.ts";

/** All that is known of projects, by name. */
export async function fleetProjects(context: Context): Promise<FleetProjectView[]> {
  const { names, viewOf } = await knownProjects(context);
  return Promise.all(names.map(viewOf));
}

/** One of them, by its name. */
export async function fleetProject(context: Context, name: string): Promise<FleetProjectView> {
  const { names, viewOf } = await knownProjects(context);
  if (names.includes(name)) return viewOf(name);
  const list = names.length === 0 ? "; no node has told of one yet" : `; there are: ${names.slice(0, 10).join(", ")}`;
  throw new HalError("not_found", nothingLike("project", name, names, list).message);
}

interface Known {
  readonly names: readonly string[];
  readonly viewOf: (name: string) => Promise<FleetProjectView>;
}

async function knownProjects(context: Context): Promise<Known> {
  const nodes = await nodeStatuses(context);
  const nameNode = nodeNamer(nodes);
  const tasks = new Map((await allTasks(context.store)).map((task) => [task.project, task]));
  const places = placesOf(nodes);
  const sessions = await sessionsOf(context, nodes);
  const { graph } = context.dependencies;
  const names = new Set([...places.keys(), ...tasks.keys(), ...sessions.keys(), ...[...graph].flat(2)]);
  const viewOf = async (name: string): Promise<FleetProjectView> => {
    const task = tasks.get(name);
    const here = living(places.get(name) ?? [], ({ node }) => node);
    const waits = waitsFor(graph, tasks, name);
    return {
      name,
      task: task?.state ?? "open",
      reason: reasonOf(context, { task, here, waits, nameNode }),
      completed: task?.state === "completed" ? completionOf(task) : null,
      nodes: here.map((place) => placeView(place, nameNode)),
      depends_on: (graph.get(name) ?? []).map((project) => ({
        project,
        completed: waits.every((waited) => waited.project !== project),
      })),
      needed_by: dependentsOf(graph, name),
      start: await startView(context, name),
      sessions: sessions.get(name) ?? {},
    };
  };
  return { names: [...names].toSorted(), viewOf };
}

/** How the task of a project stands, where it is, and for what it waits, in one line. */
function reasonOf(
  context: Context,
  {
    task,
    here,
    waits,
    nameNode,
  }: {
    readonly task: ProjectTaskRow | undefined;
    readonly here: readonly Place[];
    readonly waits: readonly Waited[];
    readonly nameNode: (id: string) => string;
  },
): string {
  const older = here.filter(({ node }) => !featuresOf(context, node.row).includes(TASKS_FEATURE));
  const known = task && { ...task, node: task.nodeId === null ? null : nameNode(task.nodeId) };
  const stands = taskReason(
    known,
    older.map(({ node }) => nameNode(node.row.id)),
  );
  const nowhere = here.length === 0 ? ["no node has it"] : [];
  return [stands, ...nowhere, ...(waits.length === 0 ? [] : [waitText(waits)])].join("; ");
}

/** The latest that became of a project because of those that it depends on. */
async function startView({ store }: Context, project: string): Promise<FleetProjectView["start"]> {
  const start = await latestStart(store, project);
  if (start === undefined) return null;
  const command = start.commandId === null ? undefined : await commandById(store, start.commandId);
  const { sessionId } = (command?.output ?? {}) as { readonly sessionId?: unknown };
  return {
    at: time(start.at),
    after: start.upstream,
    command_id: start.commandId,
    session_id: typeof sessionId === "string" ? sessionId : null,
    code: start.code,
    not_started: start.reason,
  };
}

interface Place {
  readonly node: KnownNode;
  readonly report: ProjectReport;
}

function placesOf(nodes: ReadonlyMap<string, KnownNode>): Map<string, Place[]> {
  const places = new Map<string, Place[]>();
  for (const node of nodes.values())
    for (const report of node.row.projects as ProjectReport[])
      places.set(report.name, [...(places.get(report.name) ?? []), { node, report }]);
  return places;
}

function placeView(
  { node: { row, status }, report }: Place,
  nameNode: (id: string) => string,
): FleetProjectView["nodes"][number] {
  const { state, reason } = projectState(report);
  const { directory } = report;
  const away = status.status === "offline" ? status.reason : undefined;
  return { node_id: row.id, node: nameNode(row.id), directory, state, reason: reason ?? away ?? "" };
}

/** How many sessions of each project are in each status that people see; ended ones are none. */
async function sessionsOf(
  { store }: Context,
  nodes: ReadonlyMap<string, KnownNode>,
): Promise<Map<string, Record<string, number>>> {
  const sessions = new Map<string, Record<string, number>>();
  for (const counted of await countSessions(store)) {
    const seen = statusSeen(counted, nodes.get(counted.nodeId));
    const counts = sessions.get(counted.project) ?? {};
    if (seen !== "ended") counts[seen] = (counts[seen] ?? 0) + counted.count;
    sessions.set(counted.project, counts);
  }
  return sessions;
}

function completionOf({ since, by, title, nodeId, sessionId }: ProjectTaskRow): FleetProjectView["completed"] {
  return { at: time(since), by, title, node_id: nodeId, session_id: sessionId };
}
