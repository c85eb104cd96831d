import { described, strictSection } from "@hal/daemon";
import { LIMITS } from "@hal/protocol";
import type { OutboxLimits } from "@hal/store/agent";
import * as v from "valibot";

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

/** What an agent keeps (protocol §8), with bounds: beyond them it would not work. */
export const LimitsSection = strictSection({
  outbox_events: v.optional(
    described(
      v.pipe(between(1_000, 100_000_000), v.integer("must be a whole number")),
      "events that no supervisor has acknowledged; above it progress gives way to a gap, then telling waits",
    ),
    LIMITS.outboxEvents,
  ),
  outbox_mb: v.optional(described(between(1, 1024 * 1024), "the same in size"), LIMITS.outboxBytes / MIB),
  outbox_kept_mb: v.optional(
    described(between(0, 1024 * 1024), "kept although it was acknowledged, for a supervisor that is restored"),
    LIMITS.outboxKeptBytes / MIB,
  ),
  outbox_kept_hours: v.optional(described(between(0, 8_760), "and for so long"), LIMITS.outboxKeptMs / HOUR_MS),
});

/** What the section says. */
export function outboxLimitsOf(section: v.InferOutput<typeof LimitsSection>): OutboxLimits {
  return {
    events: section.outbox_events,
    bytes: section.outbox_mb * MIB,
    keptBytes: section.outbox_kept_mb * MIB,
    keptMs: section.outbox_kept_hours * HOUR_MS,
  };
}

function between(least: number, most: number) {
  return v.pipe(
    v.number("must be a number"),
    v.minValue(least, `is below ${least}, with which this does not work`),
    v.maxValue(most, `is above ${most}`),
  );
}
