import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A model provider that refuses each key and quotes it, as some do. */
export interface QuotingProvider extends AsyncDisposable {
  /** the keys that came */
  readonly keys: readonly string[];
  /** opencode's `provider` section for it */
  section(apiKey: string): Record<string, unknown>;
}

export async function startQuotingProvider(): Promise<QuotingProvider> {
  const keys: string[] = [];
  const server = createServer((request, response) => {
    const key = (request.headers.authorization ?? "").replace("Bearer ", "");
    keys.push(key);
    request.resume();
    response.writeHead(401, { "content-type": "application/json" });
    const message = `Incorrect API key provided: ${key}. In an address it is ?key=${encodeURIComponent(key)}`;
    response.end(JSON.stringify({ error: { message, type: "invalid_request_error", code: "invalid_api_key" } }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    keys,
    section: (apiKey) => ({
      npm: "@ai-sdk/openai-compatible",
      name: "Quoting provider",
      options: { baseURL, apiKey },
      models: {
        "quoting-model": { name: "Quoting model", tool_call: true, limit: { context: 100_000, output: 8_000 } },
      },
    }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
