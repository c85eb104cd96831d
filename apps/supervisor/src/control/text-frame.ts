const WHOLE_TEXT = 0x81;

/** A text as a WebSocket server sends it (RFC 6455 §5.2), in pieces: one frame, not masked. */
export function textFrame(...parts: readonly Buffer[]): readonly Buffer[] {
  return [headOf(parts.reduce((sum, part) => sum + part.length, 0)), ...parts];
}

function headOf(length: number): Buffer {
  if (length < 126) return Buffer.of(WHOLE_TEXT, length);
  if (length < 0x1_0000) return Buffer.of(WHOLE_TEXT, 126, length >> 8, length & 0xff);
  const head = Buffer.alloc(10);
  head[0] = WHOLE_TEXT;
  head[1] = 127;
  head.writeUInt32BE(length, 6);
  return head;
}
