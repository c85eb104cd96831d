import { type EventEnvelope, eventMark, type HalEvent, parseEvent, writeDeep } from "@hal/protocol";
import { ownFact, type Reference } from "./own-references.ts";
import type { Tx } from "../tx.ts";
import type { ReadEvent } from "./read-frame.ts";

/** An event as it is written down, and folded where it is known. */
export interface JudgedEvent {
  readonly type: string;
  /** its data as JSON text */
  readonly text: string;
  readonly event?: HalEvent;
  /** what it named that is not its node's */
  readonly refused: readonly Reference[];
}

/** Judges an event by its type and by what it names; `poison` says why it may not be folded. */
export function judgeEvent(tx: Tx, { envelope, text: came }: ReadEvent, poison: string | undefined): JudgedEvent {
  const parsed = parseEvent(envelope);
  const problem = poison ?? (parsed.kind === "invalid" ? parsed.problem : undefined);
  if (problem !== undefined) return { ...asInvalid(envelope, problem), refused: [] };
  const { type } = envelope;
  const text = envelope.data == null ? "{}" : (came ?? JSON.stringify(envelope.data));
  if (parsed.kind !== "known") return { type, text, refused: [] };
  const own = ownFact(tx, parsed.event);
  if (own.kind === "foreign") return { ...asInvalid(envelope, own.problem), refused: [own.reference] };
  const { refused, event } = own;
  return { type, text: refused.length === 0 ? text : marked(envelope.data as object, refused), event, refused };
}

/** The mark of an event as its agent has it; none where the envelope does not fit: the agent has another one there. */
export function markOf(envelope: EventEnvelope): string {
  return envelope.type === "event.invalid" ? "" : eventMark(envelope);
}

function asInvalid(envelope: EventEnvelope, problem: string): Pick<JudgedEvent, "type" | "text"> {
  const raw = writeDeep(envelope.type === "event.invalid" ? envelope.data : envelope);
  return { type: "event.invalid", text: JSON.stringify({ raw, problem }) };
}

/** A fact without the references that its node may not name; they are kept beside it, so that they can be looked into. */
function marked(data: object, refused: readonly Reference[]): string {
  const given = data as Readonly<Record<string, unknown>>;
  const isRefused = (name: string): boolean => refused.some((reference) => reference === name);
  const taken = Object.entries(given).filter(([name]) => !isRefused(name));
  const out = Object.entries(given).filter(([name]) => isRefused(name));
  return JSON.stringify({ ...Object.fromEntries(taken), refusedReferences: Object.fromEntries(out) });
}
