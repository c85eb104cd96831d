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
