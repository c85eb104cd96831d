import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { contentOf, readArguments, type SlackArguments, type SlackMethod, SlackRefusal } from "./call.ts";
import { chatMethods } from "./chat-methods.ts";
import type { SlackFault, SlackFaults } from "./faults.ts";
import { fileMethods } from "./file-methods.ts";
import { otherMethods } from "./other-methods.ts";
import { readMessage } from "./read-mrkdwn.ts";
import type { SlackRecord } from "./record.ts";
import { answerByUrl } from "./response-url.ts";
import type { SlackWorkspace } from "./workspace.ts";

export interface SlackApiParts {
  readonly workspace: SlackWorkspace;
  readonly faults: SlackFaults;
  readonly record: SlackRecord;
  readonly tokens: { readonly bot: string; readonly app: string };
  /** where files are sent to */
  readonly fileAddress: (file: string) => string;
  /** where a Socket Mode connection is opened */
  readonly socketAddress: () => string;
}

/** Answers what comes over HTTP, as Slack does. */
export class SlackApi {
  readonly #parts: SlackApiParts;
  readonly #methods: Readonly<Record<string, SlackMethod>>;

  constructor(parts: SlackApiParts) {
    this.#parts = parts;
    this.#methods = {
      ...chatMethods,
      ...otherMethods,
      ...fileMethods(parts.fileAddress),
      "apps.connections.open": {
        isOfApp: true,
        scopes: ["connections:write"],
        run: () => ({ url: parts.socketAddress() }),
      },
    };
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, kind = "", name = "", ...rest] = new URL(request.url ?? "/", "http://localhost").pathname.split("/");
    const body = await bodyOf(request);
    if (kind === "api" && rest.length === 0) return this.#answerCall(name, request, body, response);
    if (kind === "response") return this.#answerByUrl(name, body, response);
    if (kind === "upload") return this.#takeFile(name, request, body, response);
    if (kind === "files") return this.#handOut(name, request, response);
    return send(response, 404, { ok: false, error: "not_found" });
  }

  async #answerCall(name: string, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const { record, faults, workspace } = this.#parts;
    const given = readArguments(request.headers["content-type"] ?? "", body.toString());
    const notes: string[] = [];
    const facts = factsOf(given);
    const refuse = (error: string): void => record.add({ kind: "call", name, error, facts });
    const fault = faults.take(name);
    if (fault !== undefined && (await isDoneWith(fault, response, refuse))) return;
    const scopes = this.#methods[name]?.isOfApp === true ? workspace.appScopes : workspace.scopes;
    response.setHeader("x-oauth-scopes", [...scopes].join(","));
    try {
      const answer = { ok: true, ...this.#run(name, tokenOf(request, given), given, notes) };
      record.add({
        kind: "call",
        name,
        facts,
        ...(notes.length === 0 ? {} : { notes }),
        ...(fault?.kind === "broken_after" ? { error: "the connection broke after it was done" } : {}),
      });
      if (fault?.kind === "slow_after") await delay(fault.ms, undefined, { ref: false });
      if (fault?.kind === "broken_after") response.destroy();
      else send(response, 200, answer);
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      refuse(error.message);
      send(response, 200, { ok: false, error: error.message, ...error.more });
    }
  }

  #run(name: string, token: string | undefined, given: SlackArguments, notes: string[]): Record<string, unknown> {
    const { workspace, tokens } = this.#parts;
    const method = this.#methods[name];
    if (method === undefined) throw new SlackRefusal("unknown_method");
    if (token === undefined) throw new SlackRefusal("not_authed");
    const { isOfApp = false, scopes = [] } = method;
    if (token === (isOfApp ? tokens.bot : tokens.app)) throw new SlackRefusal("not_allowed_token_type");
    if (token !== (isOfApp ? tokens.app : tokens.bot)) throw new SlackRefusal("invalid_auth");
    const state = isOfApp ? workspace.appToken : workspace.botToken;
    if (state !== "valid") throw new SlackRefusal(state);
    const held = isOfApp ? workspace.appScopes : workspace.scopes;
    if (scopes.length > 0 && !scopes.some((scope) => held.has(scope)))
      throw new SlackRefusal("missing_scope", { needed: scopes.join(","), provided: [...held].join(",") });
    return method.run(workspace, given, notes);
  }

  #answerByUrl(right: string, body: Buffer, response: ServerResponse): void {
    const { record, workspace } = this.#parts;
    const given = readArguments("application/json", body.toString());
    const notes: string[] = [];
    const facts = factsOf(given);
    try {
      answerByUrl(workspace, right, given, contentOf({ ...given }, 40_000, notes));
      record.add({ kind: "response", name: "response_url", facts, ...(notes.length === 0 ? {} : { notes }) });
      response.writeHead(200, { "content-type": "text/plain" }).end("ok");
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      record.add({ kind: "response", name: "response_url", error: error.message, facts });
      send(response, error.message === "used_url" || error.message === "expired_url" ? 404 : 400, {
        ok: false,
        error: error.message,
      });
    }
  }

  async #takeFile(id: string, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const { record, workspace } = this.#parts;
    const file = workspace.files.get(id);
    if (file === undefined) return send(response, 404, { ok: false });
    file.bytes = await fileIn(request.headers["content-type"] ?? "", body);
    record.add({ kind: "call", name: "upload", facts: { file: file.name, sizeBytes: file.bytes.byteLength } });
    response.writeHead(200, { "content-type": "text/plain" }).end(`OK - ${file.bytes.byteLength}`);
  }

  #handOut(id: string, request: IncomingMessage, response: ServerResponse): void {
    const { record, tokens, workspace } = this.#parts;
    const bytes = workspace.files.get(id)?.bytes;
    const isAllowed = tokenOf(request, {}) === tokens.bot && workspace.scopes.has("files:read");
    record.add({ kind: "call", name: "download", facts: { file: id }, ...(isAllowed ? {} : { error: "not allowed" }) });
    // whoever may not read it is shown a page to sign in
    if (!isAllowed) response.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in</html>");
    else if (bytes === undefined) send(response, 404, { ok: false });
    else response.writeHead(200, { "content-type": "application/octet-stream" }).end(bytes);
  }
}

/** Whether a fault leaves nothing to do. */
async function isDoneWith(
  fault: SlackFault,
  response: ServerResponse,
  refuse: (error: string) => void,
): Promise<boolean> {
  switch (fault.kind) {
    case "rate_limited":
      refuse("rate_limited");
      response.setHeader("retry-after", String(fault.retryAfterS));
      send(response, 429, { ok: false, error: "ratelimited" });
      return true;
    case "status":
      refuse(`status ${fault.status}`);
      response.writeHead(fault.status, { "content-type": "text/html" }).end("<html>unwell</html>");
      return true;
    case "refused":
      refuse(fault.error);
      send(response, 200, { ok: false, error: fault.error });
      return true;
    case "broken_before":
      refuse("the connection broke before it was done");
      response.destroy();
      return true;
    case "slow":
      await delay(fault.ms, undefined, { ref: false });
      return false;
    case "broken_after":
    case "slow_after":
      return false;
    default:
      return fault satisfies never;
  }
}

function factsOf(given: SlackArguments): Record<string, unknown> {
  const { token: _, blocks, ...rest } = given;
  const parsed =
    typeof blocks === "string"
      ? readBlocks(blocks)
      : Array.isArray(blocks)
        ? (blocks as readonly unknown[])
        : undefined;
  const { calls } = readMessage(typeof rest["text"] === "string" ? rest["text"] : "", parsed ?? []);
  return {
    ...rest,
    ...(parsed === undefined ? {} : { blocks: parsed }),
    ...(calls.length === 0 ? {} : { calls }),
  };
}

function readBlocks(text: string): readonly unknown[] | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
  } catch {
    return undefined; // refused as it is
  }
}

function tokenOf(request: IncomingMessage, given: SlackArguments): string | undefined {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  return bearer ?? (typeof given["token"] === "string" ? given["token"] : undefined);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function fileIn(contentType: string, body: Buffer): Promise<Uint8Array> {
  if (!contentType.startsWith("multipart/form-data")) return body;
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData();
  const file = [...form.values()].find((value) => typeof value !== "string");
  return file === undefined ? new Uint8Array() : new Uint8Array(await file.arrayBuffer());
}

function send(response: ServerResponse, status: number, answer: Readonly<Record<string, unknown>>): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(answer));
}
