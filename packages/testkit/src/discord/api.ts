import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { isRecord } from "../slack/checks.ts";
import { channelRoutes } from "./channel-routes.ts";
import type { DiscordFault, DiscordFaults } from "./faults.ts";
import { interactionRoutes } from "./interaction-routes.ts";
import { otherRoutes } from "./other-routes.ts";
import type { DiscordRecord } from "./record.ts";
import { DiscordRefusal } from "./refusal.ts";
import type { DiscordRequest, DiscordRoute } from "./route.ts";
import type { DiscordServer } from "./server.ts";

export interface DiscordApiParts {
  readonly server: DiscordServer;
  readonly faults: DiscordFaults;
  readonly record: DiscordRecord;
  readonly botToken: () => string;
  readonly gatewayAddress: () => string;
}

/** Answers what comes over REST, as Discord does. */
export class DiscordApi {
  readonly #parts: DiscordApiParts;
  readonly #routes: Readonly<Record<string, DiscordRoute>>;

  constructor(parts: DiscordApiParts) {
    this.#parts = parts;
    this.#routes = { ...channelRoutes, ...interactionRoutes, ...otherRoutes(parts.gatewayAddress) };
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost");
    const parts = url.pathname.split("/").slice(1).map(decodeURIComponent);
    if (parts[0] === "attachments") return this.#handOut(parts[1] ?? "", response);
    const [, version, ...path] = parts;
    const route = version === "v10" ? this.#routeOf(request.method ?? "GET", path) : undefined;
    if (route === undefined) {
      const name = `${request.method ?? ""} ${url.pathname}`;
      this.#parts.record.add({ kind: "call", name, error: "404", facts: {} });
      return send(response, 404, { message: "404: Not Found", code: 0 });
    }
    const read = await bodyOf(request);
    await this.#run(route, { ids: route.ids, query: url.searchParams, notes: [], ...read }, request, response);
  }

  async #run(
    { name, route }: { readonly name: string; readonly route: DiscordRoute },
    given: Omit<DiscordRequest, "server">,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { record, faults, server, botToken } = this.#parts;
    const { notes } = given;
    const facts = factsOf(given, name);
    const refuse = (error: string): void => record.add({ kind: "call", name, error, facts });
    const fault = faults.take(name);
    if (fault !== undefined && (await isDoneWith(fault, response, refuse))) return;
    try {
      const isAllowed = server.isTokenValid && request.headers.authorization === `Bot ${botToken()}`;
      if (route.isOfBot && !isAllowed) throw new DiscordRefusal(401, 0, "401: Unauthorized");
      const answer = route.run({ ...given, server });
      const broken = fault?.kind === "broken_after" ? { error: "the connection broke after it was done" } : {};
      record.add({ kind: "call", name, facts, ...(notes.length === 0 ? {} : { notes }), ...broken });
      if (fault?.kind === "broken_after") response.destroy();
      // discord.js reads by the content type, which an answer of nothing has not
      else if (answer === undefined) response.writeHead(204).end();
      else send(response, 200, answer);
    } catch (error) {
      if (!(error instanceof DiscordRefusal)) throw error;
      refuse(`${error.code} ${error.message}`);
      send(response, error.status, { message: error.message, code: error.code, ...error.more });
    }
  }

  #routeOf(method: string, path: readonly string[]) {
    for (const [name, route] of Object.entries(this.#routes)) {
      const [of, pattern = ""] = name.split(" ");
      const wanted = pattern.split("/").slice(1);
      if (of !== method || wanted.length !== path.length) continue;
      if (!wanted.every((part, index) => part.startsWith(":") || part === path[index])) continue;
      return { name, route, ids: path.filter((_, index) => wanted[index]?.startsWith(":") === true) };
    }
    return undefined;
  }

  #handOut(id: string, response: ServerResponse): void {
    const bytes = this.#parts.server.attachments.get(id)?.bytes;
    this.#parts.record.add({ kind: "call", name: "GET /attachments/:id", facts: { file: id } });
    if (bytes === undefined) send(response, 404, {});
    else response.writeHead(200, { "content-type": "application/octet-stream" }).end(bytes);
  }
}

/** Whether a fault leaves nothing to do. */
async function isDoneWith(
  fault: DiscordFault,
  response: ServerResponse,
  refuse: (error: string) => void,
): Promise<boolean> {
  switch (fault.kind) {
    case "rate_limited": {
      const { retryAfterS, isGlobal = false } = fault;
      refuse("rate_limited");
      response.setHeader("retry-after", String(retryAfterS));
      response.setHeader("x-ratelimit-scope", isGlobal ? "global" : "user");
      if (isGlobal) response.setHeader("x-ratelimit-global", "true");
      else {
        response.setHeader("x-ratelimit-limit", "5");
        response.setHeader("x-ratelimit-remaining", "0");
        response.setHeader("x-ratelimit-reset-after", String(retryAfterS));
        response.setHeader("x-ratelimit-bucket", "double");
      }
      send(response, 429, { message: "You are being rate limited.", retry_after: retryAfterS, global: isGlobal });
      return true;
    }
    case "status":
      refuse(`status ${fault.status}`);
      response.writeHead(fault.status, { "content-type": "text/html" }).end("<html>unwell</html>");
      return true;
    case "refused":
      refuse(`${fault.code} by a fault`);
      send(response, fault.status, { message: "Refused", code: fault.code });
      return true;
    case "broken_before":
      refuse("the connection broke before it was done");
      response.destroy();
      return true;
    case "slow":
      await delay(fault.ms, undefined, { ref: false });
      return false;
    case "broken_after":
      return false;
    default:
      return fault satisfies never;
  }
}

function factsOf({ ids, body, list }: Omit<DiscordRequest, "server">, name: string): Record<string, unknown> {
  const isSecret = name.includes(":token");
  const [first, second] = ids;
  return {
    id: first,
    ...(isSecret || second === undefined ? {} : { of: second }),
    ...body,
    ...(list.length === 0 ? {} : { list }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Pick<DiscordRequest, "body" | "list" | "files">> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) {
    const value = bytes.byteLength === 0 ? {} : (JSON.parse(bytes.toString()) as unknown);
    return { body: isRecord(value) ? value : {}, list: Array.isArray(value) ? (value as unknown[]) : [], files: [] };
  }
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": type } }).formData();
  const payload = form.get("payload_json");
  const body = typeof payload === "string" ? (JSON.parse(payload) as unknown) : {};
  const files = [...form.values()].flatMap((one) => (typeof one === "string" ? [] : [one]));
  return {
    body: isRecord(body) ? body : {},
    list: [],
    files: await Promise.all(
      files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
    ),
  };
}

function send(response: ServerResponse, status: number, answer: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
}
