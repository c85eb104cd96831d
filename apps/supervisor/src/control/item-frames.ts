import type { StreamItem } from "../domain/stream-item.ts";

const tails = new WeakMap<StreamItem, Buffer>();

/** Frames the items of one call (protocol §6): what is the same for all who follow is encoded once. */
export function itemFrames(callId: string): (item: StreamItem) => Buffer {
  const head = Buffer.from(`{"type":"item","id":${JSON.stringify(callId)}`);
  return (item) => Buffer.concat([head, tailOf(item)]);
}

function tailOf(item: StreamItem): Buffer {
  const known = tails.get(item);
  if (known !== undefined) return known;
  const { cursor, json } = item;
  const tail = Buffer.from(`${cursor === undefined ? "" : `,"cursor":${JSON.stringify(cursor)}`},"item":${json}}`);
  tails.set(item, tail);
  return tail;
}
