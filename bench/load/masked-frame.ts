import { randomBytes } from "node:crypto";

const WHOLE_TEXT = 0x81;
const MASKED = 0x80;

/** A text as a WebSocket client sends it (RFC 6455 §5.2): one frame, masked with a key of its own. */
export function maskedFrame(text: Buffer): Buffer {
  const key = randomBytes(4);
  const masked = Buffer.from(text);
  for (let at = 0; at < masked.length; at += 1) masked[at] = (masked[at] as number) ^ (key[at & 3] as number);
  return Buffer.concat([headOf(text.length), key, masked]);
}

function headOf(length: number): Buffer {
  if (length < 126) return Buffer.of(WHOLE_TEXT, MASKED | length);
  if (length < 0x1_0000) return Buffer.of(WHOLE_TEXT, MASKED | 126, length >> 8, length & 0xff);
  const head = Buffer.alloc(10);
  head[0] = WHOLE_TEXT;
  head[1] = MASKED | 127;
  head.writeUInt32BE(length, 6);
  return head;
}
