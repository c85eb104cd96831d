import {
  type Decoded,
  decodeFrame,
  type EventEnvelope,
  Events,
  judgeFrame,
  parseEnvelope,
  PlacedEvents,
} from "@hal/protocol";
import { cutFrame } from "./cut-frame.ts";

/** An `events` frame as it came from a node. */
export interface EventsFrame {
  readonly nodeId: string;
  /**
   * the frame's JSON text in UTF-8, decoded where it is parsed; whoever hands it over does not use it any more: its memory may be
   * another thread's by then
   */
  readonly bytes: Uint8Array;
  /** on the supervisor's clock */
  readonly receivedAt: number;
}

/** An event of a frame. */
export interface ReadEvent {
  readonly envelope: EventEnvelope;
  /** its data as JSON text, as it came, where that is known */
  readonly text: string | undefined;
}

/** A frame whose events are to be taken. */
export interface ReadFrame {
  readonly type: "events";
  readonly epoch: string;
  readonly events: readonly ReadEvent[];
}

const FRAME_TYPES: ReadonlySet<string> = new Set(["events"]);

/**
 * Reads a frame. An event whose envelope does not fit is poison, too, as long as its place can be read: to refuse the
 * frame would have the agent send it again for ever.
 */
export function readFrame({ bytes, receivedAt }: EventsFrame, poison: Map<number, string>): Decoded<ReadFrame> {
  const text = textOf(bytes);
  const cut = cutFrame(text);
  const decoded =
    cut === undefined ? decodeFrame(Events, FRAME_TYPES, text) : judgeFrame(Events, FRAME_TYPES, cut.frame);
  if (decoded.ok) return { ok: true, frame: withTexts(decoded.frame, cut?.texts) };
  if (decoded.kind !== "invalid") return decoded;
  const placed = decodeFrame(PlacedEvents, FRAME_TYPES, text);
  if (!placed.ok) return decoded;
  const events = placed.frame.events.map((raw): EventEnvelope => {
    const envelope = parseEnvelope(raw);
    if (envelope.ok) return envelope.envelope;
    poison.set(raw.seq, envelope.problem);
    return { seq: raw.seq, at: receivedAt, type: "event.invalid", data: raw };
  });
  return { ok: true, frame: withTexts({ ...placed.frame, events }) };
}

function withTexts(frame: Events, texts?: readonly string[]): ReadFrame {
  return { ...frame, events: frame.events.map((envelope, index) => ({ envelope, text: texts?.[index] })) };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}
