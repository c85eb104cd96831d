import * as v from "valibot";
import { LONGEST_PRECONDITION_MS } from "./commands.ts";

/** So many schedules there are at most, the file's among them. */
export const MOST_SCHEDULES = 200;

/** What of a schedule may be how long, in characters. */
export const SCHEDULE_CHARS = { name: 64, cron: 128, zone: 64, ref: 256, prompt: 32_768, precondition: 4_096 } as const;

const OneLine = (most: number) =>
  v.pipe(
    v.string("must be text"),
    v.minLength(1, "is empty"),
    v.maxLength(most, `is longer than ${most} characters`),
    v.check(
      (text) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(text),
      "has a character that cannot be seen, or a line break; write it without",
    ),
  );

/** What a schedule is called, so that anybody can type it. */
export const ScheduleName = v.pipe(
  v.string("must be text"),
  v.maxLength(SCHEDULE_CHARS.name, `is longer than ${SCHEDULE_CHARS.name} characters`),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    "is no name of a schedule: it has letters, digits, dots, dashes and underscores, and begins with a letter or a digit",
  ),
);

/** Five fields, as cron has them; whether they name a time only whoever works them out can say. */
export const ScheduleCron = OneLine(SCHEDULE_CHARS.cron);
export const ScheduleZone = OneLine(SCHEDULE_CHARS.zone);
/** A project, a node, a model or an agent. */
export const ScheduleRef = OneLine(SCHEDULE_CHARS.ref);
export const ScheduleModel = v.pipe(
  ScheduleRef,
  v.regex(/^[^/\s]+\/\S+$/, "is no model; a model is written provider/model"),
);
export const SchedulePrompt = v.pipe(
  v.string("must be text"),
  v.regex(/\S/, "is empty"),
  v.maxLength(SCHEDULE_CHARS.prompt, `is longer than ${SCHEDULE_CHARS.prompt} characters`),
);

/** A command line on the node, which has to end with 0. */
export const SchedulePrecondition = v.pipe(
  v.string("must be text"),
  v.regex(/\S/, "is empty"),
  v.maxLength(SCHEDULE_CHARS.precondition, `is longer than ${SCHEDULE_CHARS.precondition} characters`),
);

/** How long that may take, in seconds. */
export const PRECONDITION_SECONDS = { standard: 60, most: LONGEST_PRECONDITION_MS / 1_000 } as const;

/** What becomes of the times at which the supervisor was not there: one session for all of them, or none. */
export const MissedPolicy = v.picklist(["run_once", "skip"], "must be run_once or skip");
export type MissedPolicy = v.InferOutput<typeof MissedPolicy>;

/** What came of an occasion. */
export const OCCASION_STATES = ["starting", "started", "not_started"] as const;
export const OccasionState = v.picklist(OCCASION_STATES);
export type OccasionState = v.InferOutput<typeof OccasionState>;
