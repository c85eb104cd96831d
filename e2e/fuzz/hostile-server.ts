import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { FrameCutter } from "../harness/frames.ts";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** One agent's socket, as a supervisor that a test writes has it. */
export interface HostileLink {
  readonly isOpen: boolean;
  send(text: string): void;
  /** a frame that is no text */
  sendBytes(opcode: number, bytes: Buffer): void;
  close(): void;
}

/** A port that a test answers itself, or hands over to a supervisor that behaves. */
export class HostileServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** port of the supervisor that is behind it now; undefined while the test answers */
  target: number | undefined;
  /** what becomes of an upgrade; `undefined` refuses it with this head */
  onLink: (link: HostileLink, said: (hear: (text: string) => void) => void) => void = () => undefined;
  refusal: () => string | undefined = () => undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on("upgrade", (request, socket) => this.#upgrade(request, socket));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async open(): Promise<HostileServer> {
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return new HostileServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection at once. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #upgrade(request: IncomingMessage, socket: Duplex): void {
    socket.on("error", () => socket.destroy());
    if (this.target !== undefined) return this.#handOver(request, socket, this.target);
    const refusal = this.refusal();
    if (refusal !== undefined) {
      socket.end(refusal);
      return;
    }
    const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${GUID}`).digest("base64");
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: hal.agent.v1\r\n\r\n`,
    );
    const cutter = new FrameCutter();
    // the cutter takes the request first, which is read already
    cutter.cut(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    let hear: (text: string) => void = () => undefined;
    socket.on("data", (bytes: Buffer) => {
      for (const frame of cutter.cut(bytes)) if (frame.isText) hear(unmasked(frame.bytes));
    });
    const link: HostileLink = {
      get isOpen() {
        return !socket.destroyed && socket.writable;
      },
      send: (text) => socket.write(framed(1, Buffer.from(text))),
      sendBytes: (opcode, bytes) => socket.write(framed(opcode, bytes)),
      close: () => socket.destroy(),
    };
    this.onLink(link, (listener) => (hear = listener));
  }

  #handOver(request: IncomingMessage, socket: Duplex, port: number): void {
    const behind = connect(port, "127.0.0.1");
    const lines = Array.from({ length: request.rawHeaders.length / 2 }, (_, at) => {
      return `${request.rawHeaders[2 * at]}: ${request.rawHeaders[2 * at + 1]}`;
    });
    behind.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    behind.pipe(socket).pipe(behind);
    behind.on("error", () => socket.destroy());
    socket.on("close", () => behind.destroy());
  }
}

function framed(opcode: number, payload: Buffer): Buffer {
  const head =
    payload.length < 126
      ? Buffer.from([0x80 | opcode, payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x80 | opcode, 126, payload.length >> 8, payload.length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | opcode, 127]), sizeOf(payload.length)]);
  return Buffer.concat([head, payload]);
}

function sizeOf(length: number): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(length));
  return size;
}

function unmasked(frame: Buffer): string {
  const short = (frame[1] as number) & 0x7f;
  const at = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  const mask = frame.subarray(at, at + 4);
  return Buffer.from(frame.subarray(at + 4).map((byte, index) => byte ^ (mask[index % 4] as number))).toString();
}
