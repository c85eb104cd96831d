import { HalError, SessionId, Todo } from "@hal/protocol";
import * as v from "valibot";
import type { Abilities, BackEnd } from "../../back-end.ts";
import type { Secrets } from "../process/domain/secrets.ts";
import type { SourceFact, SourceStatus } from "../../domain/source-fact.ts";
import { UnclearError } from "../../domain/unclear-error.ts";
import { authorizationOf, baseUrlOf, type OpencodeAddress } from "../address.ts";
import { type Calls, opencodeCalls } from "./calls.ts";
import { answerTo, answerUnlessGone, asList, eachOf, fitting, unknownAnswer } from "./answers.ts";
import { Instances } from "./instances.ts";
import { readEvents } from "./event-stream.ts";
import { newMessageId } from "./message-id.ts";
import { Message } from "./shapes/message.ts";
import { Part } from "./shapes/part.ts";
import { Permission, Question } from "./shapes/request.ts";
import { offersOf } from "./read-offers.ts";
import { splitModel } from "./split-model.ts";
import { createdAs, Session } from "./shapes/session.ts";
import { Status } from "./shapes/status.ts";
import { type OpencodeEvent, sourceFact } from "./source-fact.ts";
import { sourceRow } from "./source-row.ts";
import { askHttp, isOk } from "../http.ts";

const LIST_LIMIT = 10_000;

/** A server that answers takes milliseconds for it. */
const HEALTH_MS = 5_000;

const MessageWithParts = v.pipe(
  v.object({ info: Message, parts: v.array(Part) }),
  v.transform(({ info, parts }) => ({ message: info, parts })),
);

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

/** What an opencode 1.18 can, as its conformance is tested. */
export const OPENCODE_ABILITIES: Abilities = {
  // a prompt that comes while a turn runs is taken into it at its next step
  can: {
    queue: true,
    steer: true,
    permission: true,
    question: true,
    todos: true,
    diff: true,
    format: true,
    files: true,
    fork: true,
  },
  history: "log",
  cost: "step",
  servers: "one",
};

/** What is asked of opencode, with the failures of this product and only what is known of its answers; no secret is in them. */
export function connectOpencode(address: OpencodeAddress, secrets: () => Secrets): BackEnd {
  const baseUrl = baseUrlOf(address);
  const headers = { authorization: authorizationOf(address) };
  const read = (json: string): unknown => secrets().parse(json);
  const client = opencodeCalls(baseUrl, headers, read);
  const instances = new Instances(baseUrl, headers);
  const tell = (event: OpencodeEvent): SourceFact => {
    const fact = sourceFact(event);
    if (fact.kind === "forgot") instances.forget();
    return fact;
  };
  return {
    name: "opencode",
    abilities: OPENCODE_ABILITIES,
    run: address.run,
    facts: (signal) => readEvents({ url: `${baseUrl}/global/event`, headers, read, tell }, signal),
    answers: () => answersHealth(baseUrl, headers),
    boot: (directory) => instances.boot(directory),
    newMessageId,
    ...readerOf(client),
    ...offersOf(client),
    ...actorOf(client),
  };
}

/** What is asked without changing anything. */
function readerOf(client: Calls) {
  return {
    async history(known) {
      // it refuses a place before the first row; of a session that is not named it returns all
      const named = Object.entries(known).filter(([, seq]) => seq >= 0);
      const rows = await answerTo("history", client.sync.history(Object.fromEntries(named)));
      return asList("history", rows).flatMap((row) => sourceRow(row) ?? []);
    },
    async statuses(directory, signal) {
      return statusesOf(await answerTo("statuses", client.session.status({ directory }, signal)));
    },
    async permissions(directory, signal) {
      return eachOf(
        "permissions",
        Permission,
        await answerTo("permissions", client.permission.list({ directory }, signal)),
      );
    },
    async questions(directory, signal) {
      return eachOf("questions", Question, await answerTo("questions", client.question.list({ directory }, signal)));
    },
    async hasSession(id) {
      return (await answerUnlessGone("session", client.session.get({ sessionID: id }))) !== undefined;
    },
    async findSession(id) {
      const found = await answerUnlessGone("session", client.session.get({ sessionID: id }));
      if (found === undefined) return undefined;
      const session = fitting(Session, found);
      if (session === undefined)
        throw new HalError("opencode_error", `opencode tells of session ${id} in a way that this agent does not know`);
      return session;
    },
    async sessions(directory, signal) {
      return eachOf(
        "sessions",
        Session,
        await answerTo("sessions", client.session.list({ directory, limit: LIST_LIMIT }, signal)),
      );
    },
    async hasPrompt(sessionID, messageID) {
      const message = await answerUnlessGone("message", client.session.message({ sessionID, messageID }));
      if (message === undefined) return false;
      const said = fitting(v.object({ parts: v.array(v.unknown()) }), message);
      if (said === undefined) throw unknownAnswer("message");
      return said.parts.length > 0;
    },
    async todos(sessionID) {
      return eachOf("todo", Todo, await answerTo("todo", client.session.todo({ sessionID })));
    },
    async diff(sessionID, messageID) {
      // without a message it answers nothing
      return eachOf("diff", Diff, await answerTo("diff", client.session.diff({ sessionID, messageID })));
    },
    async newestMessage(sessionID) {
      const found = await answerUnlessGone("messages", client.session.messages({ sessionID, limit: 1 }));
      return eachOf("messages", MessageWithParts, found ?? []).at(-1);
    },
  } satisfies Partial<BackEnd>;
}

/** What changes something. */
function actorOf(client: Calls) {
  return {
    async createSession({ directory, model, ...about }) {
      const chosen = model === undefined ? {} : { model: asSessionModel(model) };
      return madeId(await answerTo("create", client.session.create({ directory, ...createdAs(about), ...chosen })));
    },
    async fork(sessionID) {
      return madeId(await answerTo("fork", client.session.fork({ sessionID })));
    },
    async prompt({ sessionId, messageId, text, model, agent, format, files = [] }) {
      await answerTo(
        "prompt",
        client.session.promptAsync({
          sessionID: sessionId,
          messageID: messageId,
          parts: [
            { type: "text", text },
            ...files.map(({ name, mimeType, data }) => ({
              type: "file" as const,
              mime: mimeType,
              filename: name,
              url: `data:${mimeType};base64,${data}`,
            })),
          ],
          ...(model === undefined ? {} : { model: splitModel(model) }),
          ...(agent === undefined ? {} : { agent }),
          ...(format === undefined ? {} : { format }),
        }),
      );
    },
    async abort(sessionID) {
      await answerUnlessGone("abort", client.session.abort({ sessionID }));
    },
    async archive(sessionID, archivedAt) {
      await answerUnlessGone("archive", client.session.update({ sessionID, time: { archived: archivedAt } }));
    },
    async deleteSession(sessionID) {
      await answerUnlessGone("delete", client.session.delete({ sessionID }));
    },
    async answerPermission({ id, directory, reply, message }) {
      const answer = client.permission.reply({
        requestID: id,
        ...at(directory),
        reply,
        ...(message === undefined ? {} : { message }),
      });
      return (await answerUnlessGone("permission reply", answer)) !== undefined;
    },
    async answerQuestion({ id, directory, answers }) {
      const answer =
        answers === undefined
          ? client.question.reject({ requestID: id, ...at(directory) })
          : client.question.reply({ requestID: id, ...at(directory), answers: answers.map((chosen) => [...chosen]) });
      return (await answerUnlessGone("question reply", answer)) !== undefined;
    },
  } satisfies Partial<BackEnd>;
}

/** The id of a session that it says it made; without one it may be there all the same. */
function madeId(made: unknown): string {
  const session = fitting(v.object({ id: SessionId }), made);
  if (session === undefined)
    throw new UnclearError("opencode_error", "opencode says that it made a session, and not which one");
  return session.id;
}

/** What it says of sessions; one of which it says what this agent does not know is not idle. */
function statusesOf(body: unknown): Record<string, SourceStatus> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw unknownAnswer("statuses");
  return Object.fromEntries(Object.entries(body).map(([id, status]) => [id, fitting(Status, status) ?? BUSY]));
}

const BUSY: SourceStatus = { type: "busy" };

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

/** A session names its model otherwise than a prompt does. */
function asSessionModel(model: string): { readonly id: string; readonly providerID: string } {
  const { providerID, modelID } = splitModel(model);
  return { id: modelID, providerID };
}
