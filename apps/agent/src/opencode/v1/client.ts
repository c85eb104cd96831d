import { HalError, Todo } from "@hal/protocol";
import * as v from "valibot";
import type { BackEnd } from "../../back-end.ts";
import { PermissionRequest, QuestionRequest } from "../../capabilities/sessions/domain/interaction.ts";
import type { OpencodeStatus } from "../../capabilities/sessions/domain/turn.ts";
import type { Secrets } from "../process/domain/secrets.ts";
import { ConfigError } from "../../domain/config-error.ts";
import { UnclearError } from "../../domain/unclear-error.ts";
import { MessageInfo, Part, SessionInfo } from "../../capabilities/sessions/domain/messages/sync-row.ts";
import { authorizationOf, baseUrlOf, type OpencodeAddress } from "../address.ts";
import { directoryQuery, opencodeCalls } from "./calls.ts";
import { describeError, unreadConfigOf } from "./describe-error.ts";
import { readEvents } from "./event-stream.ts";
import { askHttp, type HttpAnswer, isOk, touchHttp } from "../http.ts";

const LIST_LIMIT = 10_000;

/** A server that answers takes milliseconds for it. */
const HEALTH_MS = 5_000;

/** How long a directory's instance may take to come up. */
const BOOT_MS = 30_000;

const MessageWithParts = v.object({ info: MessageInfo, parts: v.array(Part) });

/** A file as opencode tells what was changed in it. */
const Diff = v.pipe(
  v.object({
    file: v.optional(v.string(), "?"),
    patch: v.optional(v.string()),
    additions: v.number(),
    deletions: v.number(),
    status: v.optional(v.picklist(["added", "deleted", "modified"]), "modified"),
  }),
  v.transform((file) => ({ ...file, patch: file.patch ?? null })),
);

/** What is asked of opencode, with the failures of this product and only what is known of its answers; no secret is in them. */
export function connectOpencode(address: OpencodeAddress, secrets: () => Secrets): BackEnd {
  const baseUrl = baseUrlOf(address);
  const headers = { authorization: authorizationOf(address) };
  const read = (json: string): unknown => secrets().parse(json);
  const client = opencodeCalls(baseUrl, headers, read);
  return {
    run: address.run,
    events: (signal) => readEvents(`${baseUrl}/global/event`, headers, read, signal),
    answers: () => answersHealth(baseUrl, headers),
    ...booter(baseUrl, headers),
    ...readerOf(client),
    ...actorOf(client),
  };
}

type Calls = ReturnType<typeof opencodeCalls>;

/** Brings instances of directories up, each once. */
function booter(baseUrl: string, headers: Readonly<Record<string, string>>): Pick<BackEnd, "boot" | "forgetBooted"> {
  const booting = new Map<string, Promise<void>>();
  return {
    async boot(directory) {
      // what asks for the models of all providers is what the first turn waits for, too
      const url = `${baseUrl}/config/providers?${directoryQuery(directory)}`;
      const booted = booting.get(directory) ?? touchHttp({ url, headers }, AbortSignal.timeout(BOOT_MS));
      booting.set(directory, booted);
      // where it fails the turn will say why
      await booted.catch(() => booting.delete(directory));
    },
    forgetBooted() {
      booting.clear();
    },
  };
}

/** What is asked without changing anything. */
function readerOf(client: Calls) {
  return {
    async history(known) {
      // it refuses a place before the first row; of a session that is not named it returns all
      const named = Object.entries(known).filter(([, seq]) => seq >= 0);
      return asArray(await ask("history", client.sync.history(Object.fromEntries(named))));
    },
    async statuses(directory, signal) {
      return (await ask("statuses", client.session.status({ directory }, signal))) as Record<string, OpencodeStatus>;
    },
    async permissions(directory, signal) {
      return each(PermissionRequest, await ask("permissions", client.permission.list({ directory }, signal)));
    },
    async questions(directory, signal) {
      return each(QuestionRequest, await ask("questions", client.question.list({ directory }, signal)));
    },
    async hasSession(id) {
      return (await askUnlessGone("session", client.session.get({ sessionID: id }))) !== undefined;
    },
    async sessionInfo(id) {
      const found = await askUnlessGone("session", client.session.get({ sessionID: id }));
      if (found === undefined) return undefined;
      const info = first(SessionInfo, found);
      if (info === undefined)
        throw new HalError("opencode_error", `opencode tells of session ${id} in a way that this agent does not know`);
      return info;
    },
    async sessions(directory, signal) {
      return each(SessionInfo, await ask("sessions", client.session.list({ directory, limit: LIST_LIMIT }, signal)));
    },
    async hasPrompt(sessionID, messageID) {
      const message = await askUnlessGone("message", client.session.message({ sessionID, messageID }));
      return asArray((message as { readonly parts?: unknown } | undefined)?.parts).length > 0;
    },
    async todos(sessionID) {
      return each(Todo, await ask("todo", client.session.todo({ sessionID })));
    },
    async diff(sessionID, messageID) {
      // without a message it answers nothing
      return each(Diff, await ask("diff", client.session.diff({ sessionID, messageID })));
    },
    async newestMessage(sessionID) {
      const found = await askUnlessGone("messages", client.session.messages({ sessionID, limit: 1 }));
      return each(MessageWithParts, found ?? []).at(-1);
    },
  } satisfies Partial<BackEnd>;
}

/** What changes something. */
function actorOf(client: Calls) {
  return {
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
  } satisfies Partial<BackEnd>;
}

async function ask(what: string, asking: Promise<HttpAnswer>): Promise<unknown> {
  return bodyOf(what, await settle(what, asking));
}

/** Undefined where opencode says that it is not there. */
async function askUnlessGone(what: string, asking: Promise<HttpAnswer>): Promise<unknown> {
  const answer = await settle(what, asking);
  return answer.status === 404 ? undefined : bodyOf(what, answer);
}

function bodyOf(what: string, answer: HttpAnswer): unknown {
  const { status, body } = answer;
  if (isOk(answer)) return body ?? {};
  const message = `opencode answered ${status} to ${what}: ${describeError(body ?? "nothing")}`;
  // a refusal is an answer; that something broke says nothing of what was done before it did
  if (status >= 500) throw new UnclearError("opencode_error", message);
  const unread = unreadConfigOf(body);
  throw unread === undefined ? new HalError("opencode_error", message) : new ConfigError(message, unread.file);
}

async function settle(what: string, asking: Promise<HttpAnswer>): Promise<HttpAnswer> {
  try {
    return await asking;
  } catch (error) {
    throw new UnclearError("opencode_unavailable", `opencode did not answer (${what}): ${describeError(error)}`, {
      cause: error,
    });
  }
}

async function answersHealth(baseUrl: string, headers: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    return isOk(
      await askHttp({ url: `${baseUrl}/global/health`, headers }, JSON.parse, AbortSignal.timeout(HEALTH_MS)),
    );
  } catch {
    return false; // it is gone, or it hangs as a whole: both are told by whoever watches it
  }
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
