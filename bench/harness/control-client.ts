import type { Socket } from "node:net";
import { CONTROL_SUBPROTOCOL, createControlClient, type ControlSocket, type OperatorClient } from "@hal/protocol";
import { WebSocket } from "ws";

/** An operator's client on the control channel. */
export function controlClient(url: string, token: string): OperatorClient {
  return createControlClient({ url, connect: async () => wrap((await openControlSocket(url, token)).webSocket) });
}

/** The WebSocket below such a client, and the connection below that. */
export interface ControlConnection {
  readonly webSocket: WebSocket;
  readonly connection: Socket;
}

export function openControlSocket(url: string, token: string): Promise<ControlConnection> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const webSocket = new WebSocket(url, [CONTROL_SUBPROTOCOL], { headers, perMessageDeflate: false });
    webSocket.once("error", reject);
    webSocket.once("upgrade", ({ socket }) => {
      webSocket.once("open", () => resolve({ webSocket, connection: socket }));
    });
  });
}

function wrap(socket: WebSocket): ControlSocket {
  return {
    send: (text) => socket.send(text),
    close: () => socket.close(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    onMessage: (listener) => socket.on("message", (data) => listener((data as Buffer).toString("utf8"))),
    onClose: (listener) => socket.once("close", (code) => listener(`closed with ${code}`)),
  };
}
