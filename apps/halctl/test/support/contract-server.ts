import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecure } from "node:https";
import type { Certificate } from "@hal/testkit";
import type { AddressInfo } from "node:net";
import {
  CONTROL_REQUEST_TYPES,
  CONTROL_SUBPROTOCOL,
  ControlRequest,
  type ControlResponse,
  decodeFrame,
  encodeFrame,
  errorBodyOf,
  HalError,
  isOperationName,
  type OperationName,
  OPERATIONS,
  type ParsedInput,
} from "@hal/protocol";
import * as v from "valibot";
import { type WebSocket, WebSocketServer } from "ws";

export const TOKEN = "the-right-token-which-is-long-enough";

/** What an operation answers; a stream's answer is the items it has, and it stays open unless told to end. */
type Answers = {
  readonly [N in OperationName]?: (input: ParsedInput<N>, key: string | undefined) => unknown;
};

/** What came over the control channel, and sockets to break. */
export interface ContractServer extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly { readonly operation: string; readonly input: unknown }[];
  readonly cancelled: readonly string[];
  /** cuts every connection, as a supervisor that is killed does */
  cut(): void;
  /** sends an item to every open stream of that operation */
  tell(item: { readonly cursor?: string; readonly item: unknown }, operation?: OperationName): void;
}

/** The control channel with scripted answers; what comes in and what goes out must fit the contract. */
export async function startContractServer(
  answers: Answers,
  { port = 0, certificate }: { readonly port?: number; readonly certificate?: Certificate } = {},
): Promise<ContractServer> {
  const calls: { operation: string; input: unknown }[] = [];
  const cancelled: string[] = [];
  const streams = new Map<string, { readonly socket: WebSocket; readonly operation: OperationName }>();
  const http = certificate === undefined ? createServer() : createSecure(certificate);
  // over HTTP there is one answer, to whoever knows the token
  http.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const isRight = request.headers.authorization === `Bearer ${TOKEN}`;
    response.statusCode = isRight ? 200 : 401;
    response.end(JSON.stringify(isRight ? { data: [], meta: { total: 0 } } : { error: "no", code: "AUTH_REQUIRED" }));
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => CONTROL_SUBPROTOCOL });
  http.on("upgrade", (request, socket, head) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    else sockets.handleUpgrade(request, socket, head, (opened) => serve(opened));
  });

  const serve = (socket: WebSocket): void => {
    const send = (frame: ControlResponse): void => socket.send(encodeFrame(frame));
    socket.on("close", () => {
      // another connection may be there already, with streams of its own
      for (const [id, stream] of streams) if (stream.socket === socket) streams.delete(id);
    });
    socket.on("message", (data) => {
      const decoded = decodeFrame(ControlRequest, CONTROL_REQUEST_TYPES, (data as Buffer).toString("utf8"));
      if (!decoded.ok) throw new Error(decoded.problem);
      const { frame } = decoded;
      if (frame.type === "cancel") {
        cancelled.push(frame.id);
        streams.delete(frame.id);
        return;
      }
      const { id, operation } = frame;
      if (!isOperationName(operation)) throw new Error(`no operation ${operation}`);
      const { input: schema, output: outputSchema, kind } = OPERATIONS[operation];
      calls.push({ operation, input: frame.input });
      try {
        const parsed = v.safeParse(schema, frame.input);
        if (!parsed.success) throw new HalError("bad_request", parsed.issues[0].message);
        const answer = answers[operation] as ((input: unknown, key: string | undefined) => unknown) | undefined;
        if (answer === undefined) throw new HalError("not_found", `${operation} has no answer here`);
        const output = answer(parsed.output, frame.idempotencyKey);
        if (kind === "stream") {
          streams.set(id, { socket, operation });
          for (const one of output as { cursor?: string; item: unknown }[])
            send({ type: "item", id, ...one, item: v.parse(outputSchema, one.item) });
        } else send({ type: "reply", id, ok: true, output: v.parse(outputSchema, output) });
      } catch (error) {
        const body = errorBodyOf(error);
        if (kind === "stream") send({ type: "end", id, error: body });
        else send({ type: "reply", id, ok: false, error: body });
      }
    });
  };

  await new Promise<void>((resolve) => {
    http.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `${certificate === undefined ? "ws" : "wss"}://127.0.0.1:${(http.address() as AddressInfo).port}`,
    calls,
    cancelled,
    cut: () => {
      for (const socket of sockets.clients) socket.terminate();
    },
    tell: (one, operation = "events.stream") => {
      for (const [id, stream] of streams)
        if (stream.operation === operation) stream.socket.send(encodeFrame({ type: "item", id, ...one }));
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise((resolve) => {
        http.close(resolve);
      });
    },
  };
}
