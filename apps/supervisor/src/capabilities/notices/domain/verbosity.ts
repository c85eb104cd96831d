import type { Verbosity } from "@hal/protocol";

/** What failed, or what a person has to look at. */
const LOUD: ReadonlySet<string> = new Set([
  "interaction.asked",
  "interaction.expired",
  "session.error",
  "session.stuck",
  "policy.alerted",
  "policy.gave_up",
  "prompt.refused",
  "prompt.stalled",
  "project.not_started",
  "schedule.not_started",
  "command.failed",
  "node.offline",
  "opencode.down",
  "channel.stopped",
  "event.invalid",
  "gap",
  "cost.daily",
  "cost.reported",
  "cost.provider_failing",
  "cost.drifted",
  "digest.daily",
]);

/** Steps of a session, which a channel that is verbose has in the thread of its card. */
export const STEP_TYPES = [
  "session.message",
  "session.idle",
  "session.compacted",
  "session.started",
  "session.ended",
  "policy.acted",
] as const;

/** Whether a channel that is quiet tells of something of a type. */
export function isLoud(type: string): boolean {
  return LOUD.has(type) || (type.startsWith("budget.") && type !== "budget.changed");
}

/** Why a channel does not tell something that a route took; undefined where it does. */
export function mutedReason(verbosity: Verbosity, type: string): string | undefined {
  if (verbosity !== "quiet" || isLoud(type)) return undefined;
  return "its channel is quiet (verbosity): it tells only what failed or needs a person";
}

/** Whether an event is a step of its own session, with its data as it is told. */
export function isStep(type: string, data: unknown): boolean {
  const said = { ...(data as Readonly<Record<string, unknown>> | null) };
  switch (type) {
    case "session.message":
      return said["role"] === "user";
    case "session.started":
      // one that begins anew goes on in another session; what was there at first has its card told otherwise
      return said["continues"] !== undefined;
    case "session.ended":
    case "session.idle":
    case "session.compacted":
    case "policy.acted":
      return true;
    default:
      return false;
  }
}
