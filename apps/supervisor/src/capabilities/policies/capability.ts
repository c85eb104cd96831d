import { lookAtAllSessions } from "@hal/store/supervisor";
import type { ConfigKey } from "../../config.ts";
import { capability } from "../capability.ts";
import type { Context as LiveContext } from "../live/context.ts";
import type { Context as ProjectsContext } from "../projects/context.ts";
import type { Context, LookContext } from "./context.ts";
import { policyGauges } from "./gauges.ts";
import { policyHandlers } from "./operations.ts";
import { PauseBook } from "./pause-book.ts";
import { PolicyMetrics } from "./policy-metrics.ts";
import { PolicyWatch } from "./policy-watch.ts";
import { policySettings } from "./section.ts";

/** Events after which a session may be due at once. */
const WAKES =
  /^(session\.(started|busy|idle|waiting|retrying|error|ended|compacted|health)$|command\.|policy\.resumed$)/;

const RESUMES = ["resume_on_idle", "resume_interrupted", "resume_on_limit"] as const;
const CAPPED = [...RESUMES, "restart_on_compaction", "restart_on_stuck", "restart_on_completed"] as const;
const LIVE_KEYS: readonly ConfigKey[] = [
  ...CAPPED.flatMap((name): ConfigKey[] => [
    `policies.${name}`,
    `policies.${name}.enabled`,
    `policies.${name}.max_retries`,
    `policies.${name}.retry_reset_seconds`,
  ]),
  ...RESUMES.map((name): ConfigKey => `policies.${name}.prompt`),
  "policies.restart_on_compaction.token_threshold",
  "policies.restart_on_compaction.compaction_threshold",
  "policies.restart_on_stuck.after_minutes",
  "policies.restart_on_completed.prompt",
  "policies.resume_on_idle.idle_threshold_seconds",
  "policies.alert_on_stuck.enabled",
  "policies.alert_on_error_loop.enabled",
  "policies.quiet_hours",
  "policies.quiet_hours.from",
  "policies.quiet_hours.to",
  "policies.quiet_hours.time_zone",
  "policies.quiet_hours.days",
  "policies.include.external",
  "policies.include.attached",
  "policies.include.completed",
];

/** What happens without a person. */
export const policies = capability<ProjectsContext & LiveContext, Context>()({
  name: "policies",
  async open(below, { closers, used }) {
    const pauses = new PauseBook(below.store);
    await pauses.refresh();
    await lookAtAllSessions(below.store, below.clock.now());
    const look: LookContext = { ...below, pauses, policySettings: () => policySettings(used()) };
    const policyWatch = new PolicyWatch(look, new PolicyMetrics(below.metrics.registry));
    closers.add("policies", () => policyWatch[Symbol.asyncDispose]());
    const resumePrompt = (): string => {
      const { resume_on_idle: onIdle, resume_interrupted: interrupted } = used().policies;
      return onIdle?.prompt ?? interrupted.prompt;
    };
    return { pauses, policySettings: look.policySettings, policyWatch, resumePrompt };
  },
  handlers: policyHandlers,
  gauges: policyGauges,
  onAppended({ policyWatch }, { counts }) {
    if (counts["task.completed"] !== undefined || counts["task.reopened"] !== undefined) policyWatch.taskSaid();
    if (Object.keys(counts).some((type) => WAKES.test(type))) policyWatch.wake();
  },
  timers: (context, { oftenMs }) => [
    { name: "policies", everyMs: oftenMs, work: () => context.policyWatch.lookAtAll() },
  ],
  liveKeys: LIVE_KEYS,
  async reload({ store, clock, policyWatch }, { changed }) {
    if (!changed.some((key) => key.startsWith("policies."))) return;
    await lookAtAllSessions(store, clock.now());
    policyWatch.wake();
  },
});
