import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";

/** What answers requests, on a free port of loopback. */
export interface Served extends AsyncDisposable {
  readonly url: string;
}

export async function serveRequests(fetch: (request: Request) => Promise<Response>): Promise<Served> {
  const server = serve({ fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise<void>((resolve) => void server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}
