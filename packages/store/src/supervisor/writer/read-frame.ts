import { type Decoded, decodeFrame, type EventEnvelope, Events, parseEnvelope, PlacedEvents } from "@hal/protocol";

/** An `events` frame as it came from a node. */
export interface EventsFrame {
  readonly nodeId: string;
  /** the frame's JSON text in UTF-8; handed from thread to thread as it came, and decoded where it is parsed */
  readonly bytes: Uint8Array;
  /** on the supervisor's clock */
  readonly receivedAt: number;
}

const FRAME_TYPES: ReadonlySet<string> = new Set(["events"]);

/**
 * Reads a frame. An event whose envelope does not fit is poison, too, as long as its place can be read: to refuse the
 * frame would have the agent send it again for ever.
 */
export function readFrame({ bytes, receivedAt }: EventsFrame, poison: Map<number, string>): Decoded<Events> {
  const text = textOf(bytes);
  const decoded = decodeFrame(Events, FRAME_TYPES, text);
  if (decoded.ok || decoded.kind !== "invalid") return decoded;
  const placed = decodeFrame(PlacedEvents, FRAME_TYPES, text);
  if (!placed.ok) return decoded;
  const events = placed.frame.events.map((raw): EventEnvelope => {
    const envelope = parseEnvelope(raw);
    if (envelope.ok) return envelope.envelope;
    poison.set(raw.seq, envelope.problem);
    return { seq: raw.seq, at: receivedAt, type: "event.invalid", data: raw };
  });
  return { ok: true, frame: { ...placed.frame, events } };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}
