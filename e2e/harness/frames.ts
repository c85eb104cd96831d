const TEXT = 1;

/** One WebSocket frame as it came over the wire. */
export interface RawFrame {
  readonly bytes: Buffer;
  /** a whole text message in one frame */
  readonly isText: boolean;
}

/** Cuts what one end of a WebSocket says into frames (RFC 6455 §5.2), behind the HTTP request that opened it. */
export class FrameCutter {
  #rest: Buffer = Buffer.alloc(0);
  #opened = false;

  /** The frames that are complete now; the request comes as a frame that is no text. */
  cut(bytes: Buffer): RawFrame[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: RawFrame[] = [];
    for (
      let length = this.#nextLength();
      length !== undefined && length <= this.#rest.length;
      length = this.#nextLength()
    ) {
      const frame = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      frames.push({ bytes: frame, isText: this.#opened && frame[0] === (0x80 | TEXT) });
      this.#opened = true;
    }
    return frames;
  }

  #nextLength(): number | undefined {
    if (!this.#opened) {
      const end = this.#rest.indexOf("\r\n\r\n");
      return end === -1 ? undefined : end + 4;
    }
    const second = this.#rest[1];
    if (second === undefined) return undefined;
    const mask = (second & 0x80) === 0 ? 0 : 4;
    const short = second & 0x7f;
    if (short < 126) return 2 + mask + short;
    if (short === 126) return this.#rest.length < 4 ? undefined : 4 + mask + this.#rest.readUInt16BE(2);
    return this.#rest.length < 10 ? undefined : 10 + mask + Number(this.#rest.readBigUInt64BE(2));
  }
}

/** What a text frame says, unmasked where an agent said it. */
export function textOf({ bytes }: RawFrame): string {
  const short = (bytes[1] ?? 0) & 0x7f;
  const isMasked = ((bytes[1] ?? 0) & 0x80) !== 0;
  const at = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (!isMasked) return bytes.toString("utf8", at);
  const mask = bytes.subarray(at, at + 4);
  return Buffer.from(bytes.subarray(at + 4).map((byte, index) => byte ^ (mask[index % 4] ?? 0))).toString("utf8");
}
