import { EVENT_TYPES, isEventType } from "@hal/protocol";
import { Counter, type Registry } from "prom-client";

const OTHER = "other";

/** Why something could not be kept: two words of the protocol, what opencode cannot say, and what this version does not know. */
const GAP_REASONS = ["outbox_full", "supervisor_restored", "opencode", OTHER] as const;

/** What is appended to the event log, and what of it is missing, broken or dear. */
export function eventMetrics(registers: Registry[]) {
  const events = new Counter({
    name: "hal_o_swarm_events_total",
    help: "Events appended to the log, by type",
    labelNames: ["type"] as const,
    registers,
  });
  const duplicates = new Counter({
    name: "hal_o_swarm_events_duplicate_total",
    help: "Events that were in the log already and were dropped",
    registers,
  });
  const gaps = new Counter({
    name: "hal_o_swarm_gaps_total",
    help: "Gaps appended to the log, by reason; opencode is what opencode cannot say any more",
    labelNames: ["reason"] as const,
    registers,
  });
  const holes = new Counter({
    name: "hal_o_swarm_event_holes_total",
    help: "Frames of events with a hole in their sequence, which the agent was told to send again",
    registers,
  });
  const references = new Counter({
    name: "hal_o_swarm_references_refused_total",
    help: "What events named that was not their node's, and was left out",
    labelNames: ["reference"] as const,
    registers,
  });
  const cost = new Counter({
    name: "hal_o_swarm_session_cost_usd_total",
    help: "What the assistant's messages cost in US dollars by opencode's own figures, since the supervisor started",
    registers,
  });
  for (const type of [...EVENT_TYPES, OTHER]) events.inc({ type }, 0);
  for (const reference of ["commandId", "interactionId", "parentId"]) references.inc({ reference }, 0);
  for (const reason of GAP_REASONS) gaps.inc({ reason }, 0);

  return {
    eventsAppended(type: string, count = 1): void {
      events.inc({ type: isEventType(type) ? type : OTHER }, count);
    },
    duplicatesDropped(count: number): void {
      if (count > 0) duplicates.inc(count);
    },
    gapAppended(reason: string): void {
      gaps.inc({ reason: gapReasonOf(reason) });
    },
    holeFound(): void {
      holes.inc();
    },
    referenceRefused(reference: string, count: number): void {
      references.inc({ reference }, count);
    },
    spent(nanoUsd: number): void {
      if (nanoUsd > 0) cost.inc(nanoUsd / 1_000_000_000);
    },
  };
}

/** What cannot be known of opencode an agent says in a sentence, everything else in one word. */
function gapReasonOf(reason: string): (typeof GAP_REASONS)[number] {
  const known = GAP_REASONS.find((word) => word === reason);
  return known ?? (/\s/.test(reason) ? "opencode" : OTHER);
}
