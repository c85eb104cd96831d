import { encodeFrame } from "@hal/protocol";
import { sessionStarted, type Story, storyEvent } from "./events.ts";
import type { FleetLink } from "./fleet-link.ts";
import { maskedFrame } from "./masked-frame.ts";

/** As much as the supervisor takes. */
export interface FloodOrder {
  readonly events: number;
  readonly eventsPerFrame: number;
  readonly windowFrames: number;
  readonly eventBytes: number;
  readonly story: Story;
}

interface PreparedFrame {
  readonly lastSeq: number;
  readonly bytes: Buffer;
}

/** One agent's share of a flood: a window of frames ahead of the acknowledgements. */
interface Share {
  readonly link: FleetLink;
  readonly frames: readonly PreparedFrame[];
}

/** Frames are made before the clock runs; returns milliseconds from the first frame to the last acknowledgement. */
export async function flood(links: readonly FleetLink[], order: FloodOrder): Promise<number> {
  const shares = links.map((link) => ({ link, frames: prepare(link, order, Math.ceil(order.events / links.length)) }));
  const began = performance.now();
  await Promise.all(shares.map((share) => send(share, order.windowFrames)));
  return performance.now() - began;
}

function prepare(link: FleetLink, order: FloodOrder, events: number): PreparedFrame[] {
  const frames: PreparedFrame[] = [];
  const at = Date.now();
  const sessions = Array.from({ length: 4 }, (_, number) => `ses_${link.nodeId.slice(-12)}_${link.lastSeq}_${number}`);
  for (let made = 0; made < events;) {
    const session = sessions[frames.length % sessions.length] as string;
    const isFirst = frames.length < sessions.length;
    const batch = Array.from({ length: Math.min(order.eventsPerFrame, events - made) }, (_, index) => {
      link.lastSeq += 1;
      const place = { seq: link.lastSeq, at, session };
      return isFirst && index === 0 ? sessionStarted(place) : storyEvent(order.story, place, order.eventBytes);
    });
    made += batch.length;
    const text = encodeFrame({ type: "events", epoch: link.epoch, events: batch });
    frames.push({ lastSeq: link.lastSeq, bytes: maskedFrame(Buffer.from(text)) });
  }
  return frames;
}

function send({ link, frames }: Share, windowFrames: number): Promise<void> {
  return new Promise((resolve) => {
    let next = 0;
    let acknowledged = 0;
    const pump = (): void => {
      while (next < frames.length && next - acknowledged < windowFrames) {
        link.sendRaw((frames[next] as PreparedFrame).bytes);
        next += 1;
      }
      if (acknowledged === frames.length) resolve();
    };
    link.onAck = (seq) => {
      while (acknowledged < next && (frames[acknowledged] as PreparedFrame).lastSeq <= seq) acknowledged += 1;
      pump();
    };
    pump();
  });
}
