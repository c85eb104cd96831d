import { isTimeZone } from "../../domain/days.ts";
import { described } from "@hal/daemon";
import {
  MissedPolicy,
  MOST_SCHEDULES,
  PRECONDITION_SECONDS,
  ScheduleCron,
  ScheduleModel,
  ScheduleName,
  SchedulePrecondition,
  SchedulePrompt,
  ScheduleRef,
  ScheduleZone,
} from "@hal/protocol";
import * as v from "valibot";
import { cronProblem } from "./domain/cron-times.ts";

/** Five fields of cron that name a time. */
export const Cron = v.pipe(
  ScheduleCron,
  v.check(
    (text) => cronProblem(text) === undefined,
    ({ input }) => cronProblem(input) ?? "is not valid",
  ),
);
export const Zone = v.pipe(ScheduleZone, v.check(isTimeZone, "is no time zone; write it as Europe/Berlin"));

const Schedule = v.strictObject({
  name: described(ScheduleName, "what it is called"),
  cron: described(Cron, "when: minute, hour, day, month and day of the week, as cron has them"),
  time_zone: v.optional(described(Zone, "by which clock"), "UTC"),
  project: described(ScheduleRef, "in which project, or `node/project` where several nodes have it"),
  node: v.optional(described(ScheduleRef, "on which node, where several have the project")),
  prompt: described(SchedulePrompt, "what the session is told"),
  model: v.optional(described(ScheduleModel, "the model, as `provider/model`; opencode's standard without it")),
  agent: v.optional(described(ScheduleRef, "an agent of opencode, such as `build` or `plan`")),
  missed: v.optional(
    described(
      MissedPolicy,
      "what becomes of the times at which the supervisor was not there: `run_once` starts one session for all of them, `skip` none",
    ),
    "run_once",
  ),
  precondition: v.optional(
    described(
      SchedulePrecondition,
      "a command line that the node runs in the project first; nothing begins unless it ends with 0",
    ),
  ),
  precondition_timeout_seconds: v.optional(
    described(
      v.pipe(
        v.number("must be a number"),
        v.minValue(1, "is below 1"),
        v.maxValue(PRECONDITION_SECONDS.most, `is above ${PRECONDITION_SECONDS.most}`),
      ),
      "how long that may take",
    ),
    PRECONDITION_SECONDS.standard,
  ),
});

/** The schedules that there are whatever anybody adds. */
export const SchedulesSection = v.pipe(
  v.array(Schedule, "must be a list"),
  v.maxLength(MOST_SCHEDULES, `has more than ${MOST_SCHEDULES} schedules`),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [index, { name }] of dataset.value.entries()) {
      const first = dataset.value.findIndex((one) => one.name === name);
      if (first === index) continue;
      addIssue({
        message: `is the name of schedules.${first}, too`,
        path: [
          { type: "array", origin: "value", input: dataset.value, key: index, value: dataset.value[index] },
          { type: "object", origin: "value", input: dataset.value[index] as never, key: "name", value: name },
        ],
      });
    }
  }),
);
