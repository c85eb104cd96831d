import {
  AGENT_SUBPROTOCOL,
  type CommandFrame,
  decodeFrame,
  encodeFrame,
  PROTOCOL_RANGE,
  SUPERVISOR_FRAME_TYPES,
  SupervisorFrame,
  type Welcome,
} from "@hal/protocol";
import { connect, type Socket } from "node:net";
import { WebSocket } from "ws";

/** Where to connect. */
export interface Target {
  readonly url: string;
  readonly token: string;
}

/** One agent's connection, as a supervisor meets it: hello, heartbeats, events, answers. */
export class FleetLink {
  readonly nodeId: string;
  readonly epoch = "bench";
  onAck: (seq: number) => void = () => undefined;
  onCommand: (command: CommandFrame) => void = () => undefined;
  /** the last seq that was given to an event */
  lastSeq = 0;
  readonly #socket: WebSocket;
  readonly #below: Socket;
  #heartbeat: NodeJS.Timeout | undefined;

  private constructor(socket: WebSocket, below: Socket, nodeId: string) {
    this.#socket = socket;
    this.#below = below;
    this.nodeId = nodeId;
  }

  /** Resolves when the supervisor has welcomed it. */
  static connect(target: Target, number: number): Promise<FleetLink> {
    const nodeId = `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(target.url);
      const below = connect({ host: hostname, port: Number(port), noDelay: true });
      const socket = new WebSocket(target.url, [AGENT_SUBPROTOCOL], {
        headers: { authorization: `Bearer ${target.token}` },
        perMessageDeflate: false,
        createConnection: () => below,
      });
      const link = new FleetLink(socket, below, nodeId);
      socket.once("open", () => link.#send(helloOf(nodeId, number)));
      socket.once("error", reject);
      socket.on("close", (code, reason) => {
        clearInterval(link.#heartbeat);
        reject(new Error(`the supervisor closed agent ${number}: ${code} ${reason.toString()}`));
      });
      socket.on("message", (data) => link.#receive((data as Buffer).toString("utf8"), resolve));
    });
  }

  /** A whole WebSocket frame, made beforehand: to mask it takes as long as to send it, and is no work of a supervisor. */
  sendRaw(frame: Buffer): void {
    this.#below.write(frame);
  }

  sendEvents(events: readonly unknown[]): void {
    this.#send({ type: "events", epoch: this.epoch, events });
  }

  close(): void {
    this.#socket.close();
  }

  #send(frame: Readonly<{ type: string; [field: string]: unknown }>): void {
    this.#socket.send(encodeFrame(frame));
  }

  #receive(text: string, welcomed: (link: FleetLink) => void): void {
    const decoded = decodeFrame(SupervisorFrame, SUPERVISOR_FRAME_TYPES, text);
    if (!decoded.ok) throw new Error(`not a frame of the protocol: ${decoded.problem}`);
    const { frame } = decoded;
    switch (frame.type) {
      case "welcome":
        this.#beat(frame);
        welcomed(this);
        break;
      case "ack":
        this.onAck(frame.seq);
        break;
      case "command":
        this.onCommand(frame);
        break;
      case "tick":
      case "update":
      case "cancel":
      case "watch":
      case "unwatch":
      case "retell":
        break;
      default:
        frame satisfies never;
    }
  }

  #beat({ heartbeatIntervalMs }: Welcome): void {
    this.#heartbeat = setInterval(() => {
      this.#send({
        type: "heartbeat",
        at: Date.now(),
        resources: RESOURCES,
        opencode: OPENCODE,
        outbox: { depth: 0 },
        sessions: {},
      });
    }, heartbeatIntervalMs);
  }
}

const OPENCODE = { state: "up", version: "1.0.0", tested: true, since: 1_700_000_000_000 } as const;
const RESOURCES = {
  cpuPercent: 3,
  memoryUsedBytes: 4e9,
  memoryTotalBytes: 16e9,
  diskFreeBytes: 1e11,
  diskTotalBytes: 2e11,
};

function helloOf(nodeId: string, number: number) {
  return {
    type: "hello",
    protocol: PROTOCOL_RANGE,
    node: { id: nodeId, hostname: `bench-${number}`, version: "0.1.0", os: "linux", arch: "x64" },
    instance: `instance-${number}`,
    connection: 1,
    outbox: { epoch: "bench", firstSeq: 0, lastSeq: 0, acked: 0 },
    projects: [{ name: "bench", directory: "/srv/bench", state: "ready" }],
    features: [],
    opencode: OPENCODE,
  } as const;
}
