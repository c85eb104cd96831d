import { described } from "@hal/daemon";
import * as v from "valibot";
import { isTimeZone } from "../../domain/days.ts";
import { Positive, PositiveInteger, Switch, Text } from "../../setting-values.ts";
import { KillOnCostSection, OldKillOnCostSection } from "../budgets/section.ts";
import { ErrorLoopSection, StuckSection } from "../health/section.ts";
import { DAYS } from "./domain/quiet-hours.ts";

const GO_ON =
  "Continue with your task where you stopped. If all of it is done, or you cannot go on without a person, say so and stop.";

const NEXT_TASK =
  "The task of the session before you is completed, and that session has ended. What was done is in `.context/PROGRESS.md` and `.context/CURRENT_TASK.md`. Begin nothing: say in one sentence that you are ready for the next task, and stop.";

const enabled = (standard: boolean) => v.optional(described(Switch, "whether it acts"), standard);
const retries = (standard: number) =>
  v.optional(
    described(PositiveInteger, "so many times from a person's prompt to the next one, then a person is told"),
    standard,
  );
const RetryReset = v.optional(described(Positive, "after so long without one of its acts it counts anew"), 3600);
const GoOn = v.optional(described(Text, "what the session is told"), GO_ON);

/** By the clock on the wall, such as `23:00`. */
export const TimeOfDay = v.pipe(
  v.string("must be text"),
  v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, "is no time of day; write it as 23:00"),
);

/** From one time of the day to another one. */
export const QuietHoursFields = v.object({
  from: described(TimeOfDay, "when they begin, by the clock on the wall"),
  to: described(TimeOfDay, "when they end; before `from` it is on the next day"),
  time_zone: described(
    v.pipe(Text, v.check(isTimeZone, "is no time zone; write it as Europe/Berlin")),
    "of which clock",
  ),
  days: v.optional(
    described(
      v.pipe(
        v.array(v.picklist(DAYS, `is no day; write ${DAYS.join(", ")}`), "must be a list"),
        v.minLength(1, "is empty"),
      ),
      "the days on which they begin; every day without it",
    ),
  ),
});

const QuietHours = v.pipe(
  QuietHoursFields,
  v.forward(
    v.partialCheck([["from"], ["to"]], ({ from, to }) => from !== to, "is the same as from"),
    ["to"],
  ),
);

const Include = v.object({
  external: v.optional(described(Switch, "sessions that somebody started in opencode itself"), false),
  attached: v.optional(described(Switch, "sessions that a person watches at that moment"), false),
  completed: v.optional(
    described(Switch, "sessions whose task is completed, and that nobody has prompted since"),
    false,
  ),
});

const ResumeOnIdle = v.object({
  enabled: enabled(false),
  idle_threshold_seconds: v.optional(described(Positive, "idle for so long, each time anew"), 300),
  max_retries: retries(3),
  retry_reset_seconds: RetryReset,
  prompt: GoOn,
});

const Resume = v.object({
  enabled: enabled(false),
  max_retries: retries(3),
  retry_reset_seconds: RetryReset,
  prompt: GoOn,
});

const RestartOnCompaction = v.object({
  enabled: enabled(false),
  token_threshold: v.optional(described(PositiveInteger, "so many tokens in the context"), 180_000),
  compaction_threshold: v.optional(described(PositiveInteger, "or so many compactions")),
  max_retries: retries(2),
  retry_reset_seconds: RetryReset,
});

const RestartOnStuck = v.object({
  enabled: enabled(false),
  after_minutes: v.optional(described(Positive, "nothing moves for so long"), 30),
  max_retries: retries(1),
  retry_reset_seconds: RetryReset,
});

const RestartOnCompleted = v.object({
  enabled: enabled(false),
  max_retries: retries(1),
  retry_reset_seconds: RetryReset,
  prompt: v.optional(described(Text, "what the new session is told, in place of going on"), NEXT_TASK),
});

/** What happens without a person. */
export const PoliciesSection = v.object({
  resume_on_idle: v.optional(described(ResumeOnIdle, "a session that rests for too long is told to go on")),
  resume_interrupted: v.optional(
    described(Resume, "the same of one whose turn ended because opencode, its agent or its machine did"),
    {},
  ),
  resume_on_limit: v.optional(
    described(Resume, "the same of one that failed after its provider had said when to try again, at that time"),
    {},
  ),
  restart_on_compaction: v.optional(
    described(
      RestartOnCompaction,
      "a session whose context is full is begun anew, once its turn is over, after a handover",
    ),
  ),
  restart_on_stuck: v.optional(
    described(RestartOnStuck, "a session that stays stuck is begun anew, without a handover"),
    {},
  ),
  restart_on_completed: v.optional(
    described(
      RestartOnCompleted,
      "a session whose task is completed is begun anew, once its turn is over, after a handover: so the next task begins with an empty context",
    ),
    {},
  ),
  alert_on_stuck: v.optional(StuckSection, {}),
  alert_on_error_loop: v.optional(ErrorLoopSection, {}),
  quiet_hours: v.optional(
    described(
      QuietHours,
      "when policies start nothing, and people are told on Slack and Discord only of what is urgent; the rest when they are over",
    ),
  ),
  include: v.optional(described(Include, "which sessions are not left alone"), {}),
  kill_on_cost: v.optional(
    described(
      KillOnCostSection,
      "what a session, or a day, may cost before it is stopped: two budgets by another name",
    ),
  ),
});

const OldResume = v.object({
  enabled: enabled(true),
  idle_threshold_minutes: v.optional(described(Positive, "now `policies.resume_on_idle.idle_threshold_seconds`"), 5),
  max_retries: v.optional(described(PositiveInteger, "now `policies.resume_on_idle.max_retries`"), 3),
});

const OldRestart = v.object({
  enabled: enabled(true),
  compaction_threshold: v.optional(
    described(PositiveInteger, "now `policies.restart_on_compaction.compaction_threshold`"),
    2,
  ),
});

/** An older shape of the same. What `policies` says of it counts. */
export const AutoInterventionSection = v.object({
  resume_on_idle: v.optional(OldResume),
  restart_on_compaction: v.optional(OldRestart),
  kill_on_cost: v.optional(described(OldKillOnCostSection, "now `policies.kill_on_cost`")),
});

/** What a simulation may be given: a configuration of which only this counts. */
export const SimulatedConfig = v.object({
  policies: v.optional(PoliciesSection, {}),
  auto_intervention: v.optional(AutoInterventionSection),
});

interface Configured {
  readonly policies: v.InferOutput<typeof PoliciesSection>;
  readonly auto_intervention?: v.InferOutput<typeof AutoInterventionSection> | undefined;
}

/** What policies go by: what is configured, in the older shape, too, and else the standard. */
export function policySettings({ policies, auto_intervention: old }: Configured) {
  return {
    ...policies,
    resume_on_idle: policies.resume_on_idle ?? v.parse(ResumeOnIdle, older(old?.resume_on_idle)),
    restart_on_compaction:
      policies.restart_on_compaction ?? v.parse(RestartOnCompaction, old?.restart_on_compaction ?? {}),
  };
}

function older(old: v.InferOutput<typeof OldResume> | undefined) {
  if (old === undefined) return {};
  const { enabled: isOn, idle_threshold_minutes: minutes, max_retries } = old;
  return { enabled: isOn, idle_threshold_seconds: minutes * 60, max_retries };
}
