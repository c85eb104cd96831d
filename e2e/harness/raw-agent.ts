import { randomUUID } from "node:crypto";

interface Frame {
  readonly type: string;
  readonly seq?: number;
}

/** Node's own WebSocket takes headers, which the standard does not have. */
export const HeaderedSocket = WebSocket as unknown as new (url: string, options: object) => WebSocket;

const BEAT_MS = 300;

/** An agent of the wire alone: a socket and frames that a test writes. */
export class RawAgent {
  readonly nodeId = randomUUID();
  readonly #socket: WebSocket;
  readonly #counts = new Map<string, number>();
  #acknowledged = 0;
  #closedWith: number | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Connects and says hello; resolves when it is welcome. */
  static async greet(address: { readonly url: string; readonly token: string }, name: string): Promise<RawAgent> {
    const socket = new HeaderedSocket(address.url, {
      protocols: ["hal.agent.v1"],
      headers: { authorization: `Bearer ${address.token}` },
    });
    const agent = new RawAgent(socket);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => agent.#send(helloOf(agent.nodeId, name)));
      socket.addEventListener("error", () => reject(new Error(`${name} cannot connect`)));
      socket.addEventListener("message", ({ data }) => {
        agent.#take(JSON.parse(String(data)) as Frame);
        if (agent.count("welcome") > 0) resolve();
      });
    });
    const beat = setInterval(() => agent.#beat(), BEAT_MS);
    socket.addEventListener("close", ({ code }) => {
      agent.#closedWith = code;
      clearInterval(beat);
    });
    return agent;
  }

  /** How many frames of a type came. */
  count(type: string): number {
    return this.#counts.get(type) ?? 0;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get closedWith(): number | undefined {
    return this.#closedWith;
  }

  /** What the other side has not taken yet. */
  get unreadBytes(): number {
    return this.#socket.bufferedAmount;
  }

  sendEvents(events: readonly object[]): void {
    this.#send({ type: "events", epoch: "e1", events });
  }

  close(): void {
    this.#socket.close();
  }

  #beat(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#send({ type: "heartbeat", at: Date.now(), opencode: UP, outbox: { depth: 0 } });
  }

  #take({ type, seq }: Frame): void {
    this.#counts.set(type, this.count(type) + 1);
    if (type === "ack") this.#acknowledged = seq ?? 0;
  }

  #send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }
}

const UP = { state: "up", version: "1.18.33", tested: true, since: 1 };

function helloOf(nodeId: string, name: string): object {
  return {
    type: "hello",
    protocol: { min: 1, max: 1 },
    node: { id: nodeId, hostname: name, version: "0", os: "linux", arch: "x64" },
    instance: nodeId,
    connection: 1,
    outbox: { epoch: "e1", firstSeq: 0, lastSeq: 0, acked: 0 },
    projects: [],
    opencode: UP,
  };
}
