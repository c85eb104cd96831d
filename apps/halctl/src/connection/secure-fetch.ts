import type { ClientRequestArgs } from "node:http";
import { request } from "node:https";
import { Readable } from "node:stream";

/** `fetch` over connections that are made by `createConnection`, as far as the typed client needs it. */
export function secureFetch(
  createConnection: NonNullable<ClientRequestArgs["createConnection"]>,
): (url: string, init: RequestInit) => Promise<Response> {
  return (url, { method = "GET", headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const asking = request(
        url,
        {
          method,
          headers: Object.fromEntries(new Headers(headers)),
          createConnection,
          ...(signal === undefined || signal === null ? {} : { signal }),
        },
        (answer) => {
          const status = answer.statusCode ?? 0;
          const text = Readable.toWeb(answer) as ReadableStream<Uint8Array>;
          resolve(new Response(status === 204 || status === 304 ? null : text, { status }));
        },
      );
      asking.on("error", reject);
      asking.end(typeof body === "string" ? body : undefined);
    });
}
