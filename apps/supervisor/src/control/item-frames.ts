import type { StreamItem } from "../domain/stream-item.ts";
import type { Piece } from "../operations/handler.ts";
import { textFrame } from "./text-frame.ts";

/** The frames of a piece for the call that asked last: most calls of many who follow have one id. */
const framed = new WeakMap<Piece, { readonly callId: string; readonly frames: Buffer }>();
const tails = new WeakMap<StreamItem, Buffer>();

/** Makes pieces of one call into whole WebSocket frames (protocol §6): what is the same for all who follow is made once. */
export function itemFrames(callId: string): (piece: Piece) => Buffer {
  const head = Buffer.from(`{"type":"item","id":${JSON.stringify(callId)}`);
  return (piece) => {
    const known = framed.get(piece);
    if (known?.callId === callId) return known.frames;
    const frames = Buffer.concat(piece.flatMap((item) => textFrame(head, tailOf(item))));
    framed.set(piece, { callId, frames });
    return frames;
  };
}

function tailOf(item: StreamItem): Buffer {
  const known = tails.get(item);
  if (known !== undefined) return known;
  const { cursor, json } = item;
  const tail = Buffer.from(`${cursor === undefined ? "" : `,"cursor":${JSON.stringify(cursor)}`},"item":${json}}`);
  tails.set(item, tail);
  return tail;
}
