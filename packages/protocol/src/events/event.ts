import * as v from "valibot";
import { describeIssue } from "../codec.ts";
import { Opaque, Timestamp, Word } from "../bounds.ts";
import { fit } from "../fit.ts";
import { Seq, SessionId } from "../ids.ts";
import { EVENT_DATA, type EventData, type EventType } from "./subjects.ts";

/** An event as an agent sends it. `data` is judged by its type, so that a type from the future still travels. */
export const EventEnvelope = v.object({
  seq: Seq,
  /** the source's clock */
  at: Timestamp,
  type: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  /** unique per node for facts that could be told twice (protocol §4.3) */
  sourceKey: v.optional(v.pipe(v.string(), v.maxLength(256))),
  project: v.optional(Word),
  /** what it is about can be prompted and stopped by this id; an event that names another one is poison (protocol §4.7) */
  session: v.optional(SessionId),
  data: Opaque,
});
export type EventEnvelope = v.InferOutput<typeof EventEnvelope>;

/** An event whose data fits its type. */
export type HalEvent = {
  [T in EventType]: {
    readonly type: T;
    readonly at: number;
    readonly sourceKey?: string | undefined;
    readonly project?: string | undefined;
    readonly session?: string | undefined;
    readonly data: EventData<T>;
  };
}[EventType];

/** Judges one envelope, whatever its data. */
export function parseEnvelope(
  value: unknown,
): { readonly ok: true; readonly envelope: EventEnvelope } | { readonly ok: false; readonly problem: string } {
  const fitted = fit(EventEnvelope, value);
  return fitted.ok ? { ok: true, envelope: fitted.output } : { ok: false, problem: describeIssue(fitted.issues[0]) };
}

/** How an envelope reads: a known type with valid data, a type this build does not know, or poison. */
export type ParsedEvent =
  | { readonly kind: "known"; readonly event: HalEvent }
  | { readonly kind: "unknown"; readonly type: string }
  | { readonly kind: "invalid"; readonly problem: string };

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENT_DATA, type);
}

/** Judges the data of an envelope by its type. Never throws. */
export function parseEvent(envelope: Omit<EventEnvelope, "seq">): ParsedEvent {
  const { type, at, sourceKey, project, session } = envelope;
  if (!isEventType(type)) return { kind: "unknown", type };
  const data = fit(EVENT_DATA[type], envelope.data);
  if (!data.ok) return { kind: "invalid", problem: describeIssue(data.issues[0]) };
  return { kind: "known", event: { type, at, sourceKey, project, session, data: data.output } as HalEvent };
}

/** What tells an event from every other one of its node: two events with one mark say the same (protocol §4.5). */
export function eventMark({ at, type, sourceKey, session }: Omit<EventEnvelope, "seq" | "data">): string {
  return [at, type, sourceKey ?? "", session ?? ""].join("|");
}
