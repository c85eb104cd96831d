import { setTimeout as delay } from "node:timers/promises";
import { sessionStarted, storyEvent } from "./events.ts";
import type { FleetLink } from "./fleet-link.ts";
import { percentile } from "../harness/statistics.ts";

/** So many events a second, from all agents together. */
export interface PaceOrder {
  readonly eventsPerSecond: number;
  readonly seconds: number;
  /** how many events an agent appends to its outbox at once */
  readonly burst: number;
  readonly eventBytes: number;
}

/** From append to acknowledgement, in milliseconds. */
export interface PaceResult {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly events: number;
  /** what was really reached */
  readonly eventsPerSecond: number;
}

interface Burst {
  readonly lastSeq: number;
  readonly dueAt: number;
}

/**
 * Agents append a burst of events at their turn, evenly spread over the second, and send it at once. The time
 * of a burst counts from when it was due, so that a late generator makes the figure worse, not better.
 */
export async function pace(links: readonly FleetLink[], order: PaceOrder): Promise<PaceResult> {
  const late: number[] = [];
  const waiting = links.map((link) => track(link, late, order.burst));
  const bursts = Math.round((order.eventsPerSecond * order.seconds) / order.burst);
  const everyMs = (1000 * order.burst) / order.eventsPerSecond;
  const began = performance.now();
  for (let sent = 0; sent < bursts;) {
    const due = Math.min(bursts, Math.floor((performance.now() - began) / everyMs) + 1);
    for (; sent < due; sent += 1) {
      const agent = sent % links.length;
      const link = links[agent] as FleetLink;
      link.sendEvents(burstOf(link, order));
      waiting[agent]?.push({ lastSeq: link.lastSeq, dueAt: began + sent * everyMs });
    }
    await delay(1);
  }
  while (waiting.some((bursted) => bursted.length > 0)) await delay(1);
  const seconds = (performance.now() - began) / 1000;
  return {
    p50: percentile(late, 50),
    p99: percentile(late, 99),
    max: Math.max(...late),
    events: bursts * order.burst,
    eventsPerSecond: (bursts * order.burst) / seconds,
  };
}

function track(link: FleetLink, late: number[], burst: number): Burst[] {
  const waiting: Burst[] = [];
  link.onAck = (seq) => {
    const now = performance.now();
    while (waiting[0] !== undefined && waiting[0].lastSeq <= seq) {
      const { dueAt } = waiting.shift() as Burst;
      for (let event = 0; event < burst; event += 1) late.push(now - dueAt);
    }
  };
  return waiting;
}

function burstOf(link: FleetLink, { burst, eventBytes }: PaceOrder) {
  const session = `ses_${link.nodeId.slice(-12)}_pace`;
  const at = Date.now();
  return Array.from({ length: burst }, () => {
    link.lastSeq += 1;
    const place = { seq: link.lastSeq, at, session };
    return link.lastSeq === 1 ? sessionStarted(place) : storyEvent("tool", place, eventBytes);
  });
}
