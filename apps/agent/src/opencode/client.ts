import { createOpencodeClient } from "@opencode-ai/sdk/v2/client";
import { HalError } from "@hal/protocol";
import * as v from "valibot";
import type { OpencodeApi } from "../context.ts";
import { PermissionRequest, QuestionRequest } from "../domain/interaction.ts";
import type { OpencodeStatus } from "../domain/turn.ts";
import { MessageInfo, Part, SessionInfo } from "../domain/sync-row.ts";
import { readEvents } from "./event-stream.ts";

/** Where an opencode server listens and how to prove that one may ask it. */
export interface OpencodeAddress {
  readonly port: number;
  readonly password: string;
  /** names this run of the server */
  readonly run: string;
}

/** How long an ordinary request may take; the first one of a directory boots its instance. */
const REQUEST_MS = 30_000;

const LIST_LIMIT = 10_000;

const MessageWithParts = v.object({ info: MessageInfo, parts: v.array(Part) });

interface SdkResult {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly response?: { readonly status: number } | undefined;
}

/** The SDK's client, with the failures of this product and a time limit for each request. */
export function connectOpencode(address: OpencodeAddress): OpencodeApi {
  const baseUrl = baseUrlOf(address);
  const headers = { authorization: authorizationOf(address) };
  const client = createOpencodeClient({
    baseUrl,
    headers,
    fetch: limitedFetch,
  });
  return {
    run: address.run,
    events: (signal) => readEvents(`${baseUrl}/global/event`, headers, signal),
    async history(known) {
      return asArray(await ask("history", postHistory(baseUrl, headers, known)));
    },
    async statuses(directory) {
      return (await ask("statuses", client.session.status({ directory }))) as Record<string, OpencodeStatus>;
    },
    async permissions(directory) {
      return each(PermissionRequest, await ask("permissions", client.permission.list({ directory })));
    },
    async questions(directory) {
      return each(QuestionRequest, await ask("questions", client.question.list({ directory })));
    },
    async hasSession(id) {
      return (await askUnlessGone("session", client.session.get({ sessionID: id }))) !== undefined;
    },
    async sessions(directory) {
      return each(SessionInfo, await ask("sessions", client.session.list({ directory, limit: LIST_LIMIT })));
    },
    async hasMessage(sessionID, messageID) {
      return (await askUnlessGone("message", client.session.message({ sessionID, messageID }))) !== undefined;
    },
    async newestMessage(sessionID) {
      const found = await askUnlessGone("messages", client.session.messages({ sessionID, limit: 1 }));
      return each(MessageWithParts, found ?? []).at(-1);
    },
    async createSession({ directory, title, model, agent, metadata }) {
      const created = await ask(
        "create",
        client.session.create({
          directory,
          metadata: { ...metadata },
          ...(title === undefined ? {} : { title }),
          ...(agent === undefined ? {} : { agent }),
          ...(model === undefined ? {} : { model: asSessionModel(model) }),
        }),
      );
      return (created as { id: string }).id;
    },
    async prompt({ sessionId, messageId, text, model, agent }) {
      await ask(
        "prompt",
        client.session.promptAsync({
          sessionID: sessionId,
          messageID: messageId,
          parts: [{ type: "text", text }],
          ...(model === undefined ? {} : { model: splitModel(model) }),
          ...(agent === undefined ? {} : { agent }),
        }),
      );
    },
    async abort(sessionID) {
      await askUnlessGone("abort", client.session.abort({ sessionID }));
    },
    async archive(sessionID, archivedAt) {
      await askUnlessGone("archive", client.session.update({ sessionID, time: { archived: archivedAt } }));
    },
    async answerPermission({ id, directory, reply, message }) {
      const answer = client.permission.reply({
        requestID: id,
        ...at(directory),
        reply,
        ...(message === undefined ? {} : { message }),
      });
      return (await askUnlessGone("permission reply", answer)) !== undefined;
    },
    async answerQuestion({ id, directory, answers }) {
      const answer =
        answers === undefined
          ? client.question.reject({ requestID: id, ...at(directory) })
          : client.question.reply({ requestID: id, ...at(directory), answers: answers.map((chosen) => [...chosen]) });
      return (await askUnlessGone("question reply", answer)) !== undefined;
    },
  };
}

/** By hand, because the SDK sends no body at all for an empty object, and opencode wants one. */
async function postHistory(
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
  known: Readonly<Record<string, number>>,
): Promise<SdkResult> {
  const response = await limitedFetch(`${baseUrl}/sync/history`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(known),
  });
  const body: unknown = await response.json();
  return response.ok ? { data: body, response } : { error: body, response };
}

function limitedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const limit = AbortSignal.timeout(REQUEST_MS);
  const asked = init?.signal ?? (input instanceof Request ? input.signal : undefined);
  return fetch(input, { ...init, signal: asked == null ? limit : AbortSignal.any([asked, limit]) });
}

export function baseUrlOf({ port }: Pick<OpencodeAddress, "port">): string {
  return `http://127.0.0.1:${port}`;
}

export function authorizationOf({ password }: Pick<OpencodeAddress, "password">): string {
  return `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}`;
}

async function ask(what: string, asking: Promise<SdkResult>): Promise<unknown> {
  return dataOf(what, await settle(what, asking));
}

/** Undefined where opencode says that it is not there. */
async function askUnlessGone(what: string, asking: Promise<SdkResult>): Promise<unknown> {
  const result = await settle(what, asking);
  return result.error !== undefined && result.response?.status === 404 ? undefined : dataOf(what, result);
}

function dataOf(what: string, { data, error, response }: SdkResult): unknown {
  if (error === undefined) return data ?? {};
  const status = response?.status ?? "nothing";
  throw new HalError("opencode_error", `opencode answered ${status} to ${what}: ${describe(error)}`);
}

async function settle(what: string, asking: Promise<SdkResult>): Promise<SdkResult> {
  try {
    const result = await asking;
    if (result.response === undefined && result.error !== undefined) throw result.error;
    return result;
  } catch (error) {
    throw new HalError("opencode_unavailable", `opencode did not answer (${what}): ${describe(error)}`, {
      cause: error,
    });
  }
}

function describe(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error).slice(0, 300);
  const { message, name, data } = error as { message?: string; name?: string; data?: { message?: string } };
  return (data?.message ?? message ?? name ?? JSON.stringify(error)).slice(0, 300);
}

function at(directory: string | undefined): { readonly directory?: string } {
  return directory === undefined ? {} : { directory };
}

function splitModel(model: string): { readonly providerID: string; readonly modelID: string } {
  const slash = model.indexOf("/");
  return { providerID: model.slice(0, slash), modelID: model.slice(slash + 1) };
}

/** A session names its model otherwise than a prompt does. */
function asSessionModel(model: string): { readonly id: string; readonly providerID: string } {
  const { providerID, modelID } = splitModel(model);
  return { id: modelID, providerID };
}

function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The items that fit; one that does not is from a version that this agent does not know. */
function each<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S>[] {
  return asArray(value).flatMap((item) => first(schema, item) ?? []);
}

function first<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> | undefined {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : undefined;
}
