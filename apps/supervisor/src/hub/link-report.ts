import type { Heartbeat } from "@hal/protocol";
import type { LinkReport } from "../context.ts";

/** What is known of an agent before it has said anything. */
export function firstReport(now: number): LinkReport {
  return {
    at: now,
    opencode: { state: "starting", since: now },
    resources: undefined,
    sessions: {},
    outbox: { depth: 0, bytes: 0, oldestMs: 0 },
    clockAheadMs: [],
  };
}

/** What is known after a heartbeat; what that leaves out stays as it was. */
export function beatenReport(before: LinkReport, frame: Heartbeat, now: number): LinkReport {
  const { depth, bytes = 0, oldestAt = frame.at } = frame.outbox;
  return {
    at: now,
    opencode: frame.opencode,
    resources: frame.resources ?? before.resources,
    sessions: frame.sessions ?? {},
    outbox: { depth, bytes, oldestMs: Math.max(0, frame.at - oldestAt) },
    clockAheadMs: [...before.clockAheadMs.slice(-1), frame.at - now],
  };
}
