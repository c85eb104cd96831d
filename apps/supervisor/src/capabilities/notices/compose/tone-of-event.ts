import type { Tone } from "@hal/channels";

const TONES: ReadonlyMap<string, Tone> = new Map([
  ["session.error", "bad"],
  ["node.offline", "bad"],
  ["opencode.down", "bad"],
  ["policy.gave_up", "bad"],
  ["project.not_started", "bad"],
  ["schedule.not_started", "bad"],
  ["channel.stopped", "bad"],
  ["prompt.refused", "bad"],
  ["budget.reached", "bad"],
  ["budget.stopped", "bad"],
  ["budget.warned", "warn"],
  ["budget.reopened", "good"],
  ["gap", "warn"],
  ["event.invalid", "warn"],
  ["interaction.asked", "warn"],
  ["interaction.expired", "warn"],
  ["policy.alerted", "warn"],
  ["prompt.stalled", "warn"],
  ["session.stuck", "warn"],
  ["session.retrying", "warn"],
  ["cost.daily", "warn"],
  ["cost.provider_failing", "warn"],
  ["cost.drifted", "warn"],
  ["cost.provider_working", "good"],
  ["node.online", "good"],
  ["opencode.up", "good"],
  ["task.completed", "good"],
  ["session.idle", "good"],
  ["interaction.answered", "good"],
  ["schedule.started", "good"],
  ["channel.resumed", "good"],
]);

/** How good or bad it is what happened. */
export function toneOfEvent(type: string): Tone {
  return TONES.get(type) ?? "neutral";
}
