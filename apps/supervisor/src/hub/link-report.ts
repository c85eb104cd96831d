import type { Heartbeat, Hello } from "@hal/protocol";
import type { LinkReport } from "../capabilities/nodes/link.ts";

/** What is known of an agent before it has said anything. */
export function firstReport(now: number): LinkReport {
  return {
    at: now,
    opencode: { state: "starting", since: now },
    resources: undefined,
    sessions: {},
    outbox: { depth: 0, bytes: 0, oldestMs: 0 },
    clockAheadMs: [],
    holds: [],
  };
}

/** The holds that an agent came with. */
export function heldIds({ holds = [] }: Hello): string[] {
  return holds.map(({ id }) => id);
}

/** What is known after a heartbeat; what that leaves out stays as it was. */
export function beatenReport(before: LinkReport, frame: Heartbeat, now: number): LinkReport {
  const { at, opencode, outbox, resources, sessions, holds } = frame;
  return {
    at: now,
    opencode,
    resources: resources ?? before.resources,
    sessions: sessions ?? {},
    holds: holds ?? [],
    outbox: outbox === undefined ? before.outbox : outboxOf(outbox, at),
    clockAheadMs: at === undefined ? before.clockAheadMs : [...before.clockAheadMs.slice(-1), at - now],
  };
}

function outboxOf(
  { depth, bytes = 0, oldestAt }: NonNullable<Heartbeat["outbox"]>,
  at: number | undefined,
): LinkReport["outbox"] {
  const isKnown = at !== undefined && oldestAt !== undefined;
  return { depth, bytes, oldestMs: isKnown ? Math.max(0, at - oldestAt) : 0 };
}
