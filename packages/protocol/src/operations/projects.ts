import * as v from "valibot";
import { Figure, Word } from "../bounds.ts";
import { Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";

/** Where a project is, on one node. */
const ProjectPlace = v.object({
  node_id: v.string(),
  node: v.string(),
  directory: v.string(),
  state: v.picklist(["ready", "missing", "inaccessible", "failing"]),
  reason: v.pipe(
    v.string(),
    v.description("why it is in that state, or its node cannot be reached; empty where all is well"),
  ),
});

/** Who said that a task is completed, and when. */
const Completion = v.object({
  at: Time,
  by: v.pipe(v.string(), v.description("`file` where its `.context/PROGRESS.md` says so, or the actor who said so")),
  title: v.nullable(v.string()),
  node_id: v.pipe(v.nullable(v.string()), v.description("the node whose file says so")),
  session_id: v.pipe(
    v.nullable(v.string()),
    v.description("the session that worked there while the file was written, where it was one alone"),
  ),
});

/** What became of a project because of those that it depends on. */
const ProjectStart = v.object({
  at: Time,
  after: v.pipe(v.string(), v.description("the project that was completed")),
  command_id: v.pipe(v.nullable(v.string()), v.description("what was asked of a node")),
  session_id: v.pipe(v.nullable(v.string()), v.description("the session that it began, once that is known")),
  code: v.pipe(
    v.nullable(v.string()),
    v.description("one word for why it was not started: `waits` where others are to be completed first"),
  ),
  not_started: v.pipe(
    v.nullable(v.string()),
    v.description("why it was not started; null where it was, or may be yet"),
  ),
});

/** A project of the fleet, wherever it is, and how its task stands. */
export const FleetProjectView = v.object({
  name: v.string(),
  task: v.pipe(
    v.picklist(["open", "completed"]),
    v.description("`completed` only where its progress file or a person says so"),
  ),
  reason: v.pipe(v.string(), v.description("how its task stands and who said so, in one line")),
  completed: v.nullable(Completion),
  nodes: v.array(ProjectPlace),
  depends_on: v.pipe(
    v.array(v.object({ project: v.string(), completed: v.boolean() })),
    v.description("the projects that have to be completed before it is started"),
  ),
  needed_by: v.pipe(v.array(v.string()), v.description("the projects that wait for it")),
  start: v.pipe(v.nullable(ProjectStart), v.description("the latest time that one was completed that it depends on")),
  sessions: v.pipe(
    v.record(v.string(), Figure),
    v.description("how many sessions are in each status; ended ones are not counted"),
  ),
});
export type FleetProjectView = v.InferOutput<typeof FleetProjectView>;

const ProjectName = v.pipe(
  Word,
  v.minLength(1, "say which project"),
  v.description("the name of a project"),
  v.examples(["my-project"]),
  refers("project"),
);

export const projectsList = operation({
  name: "projects.list",
  summary: "All projects of the fleet: where they are, and whether their task is completed",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/projects",
  input: v.object({}),
  output: v.array(FleetProjectView),
});

export const projectsGet = operation({
  name: "projects.get",
  summary: "One project",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/projects/{project}",
  words: ["project"],
  input: v.object({ project: ProjectName }),
  output: FleetProjectView,
});

export const projectsComplete = operation({
  name: "projects.complete",
  summary: "Say that the task of a project is completed, as its progress file would",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/projects/{project}/complete",
  words: ["project"],
  input: v.object({
    project: ProjectName,
    title: v.optional(v.pipe(Word, v.minLength(1), v.description("what was completed, in a few words"))),
  }),
  output: FleetProjectView,
  audited: { target: "project" },
});

export const projectsReopen = operation({
  name: "projects.reopen",
  summary: "Say that the task of a project is not completed",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/projects/{project}/reopen",
  words: ["project"],
  input: v.object({ project: ProjectName }),
  output: FleetProjectView,
  audited: { target: "project" },
});
