import { isQuiet, quietUntil } from "../../policies/domain/quiet-hours.ts";
import type { QuietHours } from "../../policies/domain/policy-settings.ts";

/** So long a first message waits for what else is told of its subject. */
export const GROUP_MS = 3_000;
/** So many different subjects have messages of their own in a minute. */
export const MOST_ALONE = 10;
export const STORM_MS = 60_000;

/** Messages that tell several notices. `storm`: too much happened at a time; `quiet`: it happened in quiet hours. */
export const DIGESTS = ["storm", "quiet"] as const;
export type Digest = (typeof DIGESTS)[number];

/** What decides when and how a notice is told. */
export interface ToTell {
  readonly id: string;
  readonly subject: string;
  readonly createdAt: number;
  /** how long something of its subject waits to be told, by a clock that nobody sets */
  readonly waitedMs: number;
  readonly isUrgent: boolean;
  /** a question of its subject waits for a person just now */
  readonly isAsking: boolean;
  /** its subject has a message already, in whose thread it is told */
  readonly isThreaded: boolean;
  /** its subject is well again, or is over */
  readonly isOver: boolean;
  /** the message that may have told it already, where a try was not heard of */
  readonly digest: Digest | undefined;
}

export interface PlanOptions {
  readonly now: number;
  readonly hours: QuietHours | undefined;
  /** of what the target was told in the last minute, by its subject */
  readonly told: ReadonlySet<string>;
}

/** Why a notice waits, and until when. */
export interface Wait {
  readonly until: number;
  readonly why: "quiet_hours" | "grouping";
}

export interface TellingPlan {
  /** told by the message of its subject, or in the thread of that, in this order */
  readonly alone: readonly string[];
  readonly together: Readonly<Record<Digest, readonly string[]>>;
  readonly waits: ReadonlyMap<string, Wait>;
  /** more is to be told than has messages of its own */
  readonly isStorm: boolean;
}

/**
 * Decides what a target for people is told now, what waits until when, and what is put together. Pure. What holds:
 *
 * - V1 Each notice is told alone, told together with others, or waits; what waits does so until a time that comes.
 * - V2 What is urgent is told now, by itself.
 * - V3 A question that waits for a person is told by itself, and at once unless it is quiet.
 * - V4 What may be in a message already is told in no other one.
 * - V5 Of what waited for quiet hours that is put together which is over; of the rest no more than a few are told alone.
 * - V6 No more than so many subjects of all others have messages of their own in a minute.
 */
export function planTelling(waiting: readonly ToTell[], { now, hours, told }: PlanOptions): TellingPlan {
  const quietEnd = quietUntil(hours, now);
  const waits = new Map<string, Wait>();
  const alone = new Set<string>();
  const together = { storm: new Set<string>(), quiet: new Set<string>() };
  const night: ToTell[] = [];
  const others: ToTell[] = [];
  for (const one of waiting) {
    if (one.digest !== undefined && quietEnd === undefined) together[one.digest].add(one.id); // V4
    else if (one.isUrgent) alone.add(one.id); // V2
    else if (quietEnd !== undefined) waits.set(one.id, { until: quietEnd, why: "quiet_hours" });
    else if (one.isAsking) alone.add(one.id); // V3
    else if (hours !== undefined && isQuiet(hours, one.createdAt)) night.push(one);
    else if (one.isThreaded) alone.add(one.id);
    else others.push(one);
  }
  const unwell = night.filter(({ isOver }) => !isOver);
  const isMuchUnwell = subjectsOf(unwell).size > MOST_ALONE;
  for (const { id, isOver } of night) (isOver || isMuchUnwell ? together.quiet : alone).add(id); // V5
  const ownUnwell = isMuchUnwell ? [] : subjectsOf(unwell);
  const isStorm = new Set([...told, ...ownUnwell, ...subjectsOf(others)]).size > MOST_ALONE;
  const waited = longestWaits(others);
  for (const { id, subject } of others) {
    const leftMs = GROUP_MS - (waited.get(subject) ?? 0);
    if (leftMs > 0) waits.set(id, { until: now + leftMs, why: "grouping" });
    else (isStorm ? together.storm : alone).add(id); // V6
  }
  const inOrder = (ids: ReadonlySet<string>): string[] => waiting.flatMap(({ id }) => (ids.has(id) ? [id] : []));
  return {
    alone: inOrder(alone),
    together: { storm: inOrder(together.storm), quiet: inOrder(together.quiet) },
    waits,
    isStorm: isStorm || together.storm.size > 0,
  };
}

function subjectsOf(list: readonly ToTell[]): ReadonlySet<string> {
  return new Set(list.map(({ subject }) => subject));
}

/** How long each subject waits, by the first that is told of it. */
function longestWaits(list: readonly ToTell[]): ReadonlyMap<string, number> {
  const waits = new Map<string, number>();
  for (const { subject, waitedMs } of list) waits.set(subject, Math.max(waits.get(subject) ?? 0, waitedMs));
  return waits;
}
