import {
  CONTROL_SUBPROTOCOL,
  type ControlSocket,
  createControlClient,
  createHttpClient,
  HalError,
  LIMITS,
  type OperatorClient,
  refusedToken,
  unreachable,
} from "@hal/protocol";
import {
  addressProblem,
  isEncrypted,
  readRefusal,
  secureConnection,
  tokenProblem,
  type Trust,
  wantsTls,
} from "@hal/daemon";
import { WebSocket } from "ws";
import { secureFetch } from "./secure-fetch.ts";

const CONNECT_MS = 10_000;

/** A client for a supervisor: over the control channel for ws(s) addresses, over HTTP for http(s) ones. */
export function connect(url: string, token: string, trust: Trust): OperatorClient {
  const problem = token === "" ? undefined : tokenProblem(token);
  if (problem !== undefined) throw new HalError("bad_request", `the token ${problem}`);
  const { protocol } = new URL(url);
  if (protocol === "ws:" || protocol === "wss:")
    return createControlClient({ url, connect: () => openControlSocket(url, token, trust) });
  const plainFetch = (address: string, init: RequestInit): Promise<Response> => fetch(address, init);
  return createHttpClient({
    url,
    token,
    fetch: isEncrypted(url) ? secureFetch(secureConnection(url, trust, CONNECT_MS)) : plainFetch,
  });
}

/** The address, or one line about what is wrong with it and where it was said. */
export function checkUrl(url: string, from: string): string {
  const problem = addressProblem(url);
  if (problem === undefined) return url;
  // what has a host alone in front of it was meant as an address, and may be shown
  const given = /^[\w.-]+(?::\d+)?\/?$/.test(url) && url.length <= 100 ? ` ${url}` : "";
  throw new HalError("bad_request", `${from}${given} ${problem}`);
}

function openControlSocket(url: string, token: string, trust: Trust): Promise<ControlSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, [CONTROL_SUBPROTOCOL], {
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: CONNECT_MS,
      maxPayload: 64 * LIMITS.frameBytes,
      perMessageDeflate: false,
      ...(isEncrypted(url) ? { createConnection: secureConnection(url, trust, CONNECT_MS) } : {}),
    });
    socket.on("unexpected-response", (request, response) => {
      const refuse = async (): Promise<void> => {
        const says = await readRefusal(response);
        request.destroy();
        reject(
          wantsTls(response)
            ? new HalError("unreachable", `${url} speaks TLS; write ${url.replace(/^ws:/i, "wss:")}`)
            : refusal({ url, token, says }, response.statusCode ?? 0),
        );
      };
      void refuse();
    });
    socket.on("error", (error) => reject(unreachable(url, error)));
    socket.on("open", () => resolve(wrap(socket)));
  });
}

function refusal(
  { url, token, says }: { readonly url: string; readonly token: string; readonly says: string | undefined },
  status: number,
): HalError {
  if (status === 401) return refusedToken(token, says);
  if (status === 403) return new HalError("forbidden", `the supervisor at ${url} refuses this client (403)`);
  return new HalError(
    "unreachable",
    `${url} answered ${status} instead of a WebSocket; is it the supervisor's WebSocket port (8420)? The HTTP port wants http://`,
  );
}

function wrap(socket: WebSocket): ControlSocket {
  return {
    send: (text) => socket.send(text),
    close: () => socket.close(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    onMessage: (listener) => socket.on("message", (data) => listener((data as Buffer).toString("utf8"))),
    onClose: (listener) =>
      socket.once("close", (code, reason) => {
        const text = reason.toString("utf8");
        listener(text === "" ? `the connection was closed (${code})` : text);
      }),
  };
}
