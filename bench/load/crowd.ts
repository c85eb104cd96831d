import { encodeFrame } from "@hal/protocol";
import type { WebSocket } from "ws";
import { openControlSocket } from "../harness/control-client.ts";
import { type HelperProcess, serveBench } from "../harness/helper-process.ts";

/** Fewer than the supervisor's limit of handshakes that may be under way. */
const AT_ONCE = 50;

const sockets: WebSocket[] = [];
let received = 0;
let lastBytes = 0;

/** Many who follow the event log over WebSocket, and only count what comes. */
const methods = {
  /** Connects so many; where `follows`, each asks for all events from now on. */
  async join({ url, token, count, follows }: Crowded): Promise<void> {
    for (let left = count; left > 0; left -= AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, () => open(url, token, follows)));
  },
  received: (): number => received,
  lastBytes: (): number => lastBytes,
};

interface Crowded {
  readonly url: string;
  readonly token: string;
  readonly count: number;
  readonly follows: boolean;
}

async function open(url: string, token: string, follows: boolean): Promise<void> {
  const { webSocket } = await openControlSocket(url, token);
  webSocket.on("message", (data) => {
    received += 1;
    lastBytes = (data as Buffer).length;
  });
  sockets.push(webSocket);
  if (follows) webSocket.send(encodeFrame({ type: "call", id: "1", operation: "events.stream", input: {} }));
}

/** What the bench can ask of it. */
export type Crowd = HelperProcess<typeof methods>;

serveBench(methods);
