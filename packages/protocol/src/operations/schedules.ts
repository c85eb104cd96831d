import * as v from "valibot";
import { Figure, Word } from "../bounds.ts";
import {
  MissedPolicy,
  OccasionState,
  PRECONDITION_SECONDS,
  ScheduleCron,
  ScheduleModel,
  ScheduleName,
  SchedulePrecondition,
  SchedulePrompt,
  ScheduleRef,
  ScheduleZone,
} from "../schedules.ts";
import { IntegerText, Limit, PageCursor, Since, Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";

/** One time that a schedule was to begin work, and what came of it. */
export const OccasionView = v.object({
  id: v.string(),
  schedule: v.string(),
  state: OccasionState,
  reason: v.string(),
  code: v.pipe(v.nullable(v.string()), v.description("why no session started, in one word; null otherwise")),
  due_at: v.pipe(v.nullable(Time), v.description("when it was due; null where somebody asked for it")),
  missed: v.pipe(Figure, v.description("how many earlier times it stands for")),
  created_at: Time,
  closed_at: v.pipe(v.nullable(Time), v.description("since when it is known what came of it")),
  actor: v.string(),
  project: v.string(),
  node_id: v.nullable(v.string()),
  session_id: v.nullable(v.string()),
  command_id: v.nullable(v.string()),
});
export type OccasionView = v.InferOutput<typeof OccasionView>;

export const ScheduleView = v.object({
  name: v.string(),
  cron: v.string(),
  time_zone: v.string(),
  project: v.string(),
  node: v.pipe(v.nullable(v.string()), v.description("on which node; null where only one has the project")),
  prompt: v.string(),
  model: v.nullable(v.string()),
  agent: v.nullable(v.string()),
  missed: MissedPolicy,
  precondition: v.pipe(
    v.nullable(v.string()),
    v.description("a command line on the node that has to end with 0 before anything begins"),
  ),
  precondition_timeout_seconds: Figure,
  source: v.pipe(
    v.picklist(["file", "operation"]),
    v.description("`file`: in the configuration, and removed there alone; `operation`: somebody added it"),
  ),
  by: v.pipe(v.nullable(v.string()), v.description("who added it; null of one in the configuration")),
  since: v.nullable(Time),
  next_at: v.pipe(v.nullable(Time), v.description("when it is due next; null where it never is")),
  problem: v.pipe(
    v.nullable(v.string()),
    v.description("why nothing would start now, such as a project that no node has"),
  ),
  unchecked: v.pipe(
    v.nullable(v.string()),
    v.description("what could not be asked of its node so far, and why; it is looked at again at each start"),
  ),
  last: v.pipe(v.nullable(OccasionView), v.description("its newest occasion")),
});
export type ScheduleView = v.InferOutput<typeof ScheduleView>;

const Named = v.pipe(
  Word,
  v.minLength(1, "say which schedule"),
  v.description("the name of a schedule"),
  v.examples(["nightly"]),
  refers("schedule"),
);

export const schedulesList = operation({
  name: "schedules.list",
  summary: "Schedules, with when each is due next and what came of it last; the next one first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/schedules",
  input: v.object({
    project: v.optional(v.pipe(Word, v.description("only of this project"), refers("project"))),
  }),
  output: v.array(ScheduleView),
});

export const schedulesGet = operation({
  name: "schedules.get",
  summary: "One schedule",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/schedules/{name}",
  words: ["name"],
  input: v.object({ name: Named }),
  output: ScheduleView,
});

export const schedulesAdd = operation({
  name: "schedules.add",
  summary: "Add a schedule: it starts a session with a prompt, again and again",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/schedules",
  words: ["name", "cron", "project", "prompt…"],
  input: v.object({
    name: v.pipe(ScheduleName, v.description("what it is called"), v.examples(["nightly"])),
    cron: v.pipe(
      ScheduleCron,
      v.description("when: minute, hour, day, month and day of the week, as cron has them"),
      v.examples(["0 3 * * 1-5"]),
    ),
    project: v.pipe(
      ScheduleRef,
      v.description("in which project, or `node/project` where several nodes have it"),
      v.examples(["my-project"]),
      refers("project"),
    ),
    prompt: v.pipe(SchedulePrompt, v.description("what the session is told"), v.examples(["run the tests"])),
    time_zone: v.optional(
      v.pipe(ScheduleZone, v.description("by which clock, such as Europe/Berlin"), v.examples(["Europe/Berlin"])),
      "UTC",
    ),
    node: v.optional(
      v.pipe(ScheduleRef, v.description("on which node, where several have the project"), refers("node")),
    ),
    model: v.optional(v.pipe(ScheduleModel, v.description("the model, as `provider/model`"))),
    agent: v.optional(v.pipe(ScheduleRef, v.description("an agent of opencode, such as `build` or `plan`"))),
    missed: v.optional(
      v.pipe(
        MissedPolicy,
        v.description(
          "what becomes of the times at which the supervisor was not there: `run_once` starts one session for all of them, `skip` none",
        ),
      ),
      "run_once",
    ),
    precondition: v.optional(
      v.pipe(
        SchedulePrecondition,
        v.description("a command line that the node runs in the project first; nothing begins unless it ends with 0"),
        v.examples(["git fetch && ! git diff --quiet HEAD origin/main"]),
      ),
    ),
    precondition_timeout_seconds: v.optional(
      v.pipe(
        IntegerText,
        v.minValue(1),
        v.maxValue(PRECONDITION_SECONDS.most),
        v.description("how long that may take, in seconds"),
      ),
      PRECONDITION_SECONDS.standard,
    ),
  }),
  output: ScheduleView,
  audited: {
    target: "name",
    plain: ["cron", "time_zone", "project", "node", "model", "agent", "missed", "precondition"],
  },
});

export const schedulesRemove = operation({
  name: "schedules.remove",
  summary: "Take a schedule away that somebody added; what it started goes on",
  role: "admin",
  kind: "change",
  method: "DELETE",
  path: "/schedules/{name}",
  words: ["name"],
  input: v.object({ name: Named }),
  output: ScheduleView,
  audited: { target: "name" },
});

export const schedulesRun = operation({
  name: "schedules.run",
  summary: "Have a schedule start its session now, by all that holds for it otherwise",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/schedules/{name}/run",
  words: ["name"],
  input: v.object({ name: Named }),
  output: OccasionView,
  audited: { target: "name" },
});

export const schedulesHistory = operation({
  name: "schedules.history",
  summary: "What came of schedules, each time: the session that started, or why none did; newest first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/schedule-occasions",
  words: ["name"],
  input: v.object({
    name: v.optional(v.pipe(Word, v.description("only of this schedule; it may be gone by now"), refers("schedule"))),
    state: v.optional(v.pipe(OccasionState, v.description("only what came to this"))),
    since: Since,
    cursor: PageCursor,
    limit: Limit,
  }),
  output: v.array(OccasionView),
});
