import type {
  AppAgentsData,
  ConfigProvidersData,
  PermissionListData,
  PermissionReplyData,
  QuestionListData,
  QuestionRejectData,
  QuestionReplyData,
  SessionAbortData,
  SessionCreateData,
  SessionDeleteData,
  SessionDiffData,
  SessionForkData,
  SessionGetData,
  SessionListData,
  SessionMessageData,
  SessionMessagesData,
  SessionPromptAsyncData,
  SessionStatusData,
  SessionTodoData,
  SessionUpdateData,
  SyncHistoryListData,
} from "@opencode-ai/sdk/v2/client";
import { childSpan } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import { askHttp, type HttpAnswer } from "../http.ts";

/** How long an ordinary request may take; the first one of a directory boots its instance. */
const REQUEST_MS = 30_000;

/** How the SDK's types describe a request. */
interface Call {
  readonly url: string;
  readonly path?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/** A request: by its route, which is the same for all sessions and directories, and as it is sent. */
interface Asked {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly route: string;
  readonly path: string;
  readonly body?: unknown;
}

type Given<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;
type Fields<C extends Call> = Given<C["path"]> & Given<C["query"]> & Given<C["body"]>;
type Ask<C extends Call> = (fields: Fields<C>, signal?: AbortSignal) => Promise<HttpAnswer>;

/** What opencode is asked: by the names and the types of its SDK, but without the SDK, which needs fetch (`http.ts`). */
export function opencodeCalls(
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
  read: (json: string) => unknown,
) {
  const send = (asked: Asked, signal?: AbortSignal): Promise<HttpAnswer> => {
    const { method, route, path, body } = asked;
    const about = { "http.request.method": method, "url.template": route };
    const limit = AbortSignal.timeout(REQUEST_MS);
    const until = signal === undefined ? limit : AbortSignal.any([limit, signal]);
    return childSpan(`opencode ${method} ${route}`, about, () =>
      askHttp({ url: `${baseUrl}${path}`, method, headers, body }, read, until),
    );
  };
  const get = <C extends Call>(url: C["url"]): Ask<C> => {
    return (fields, signal) => {
      const { path, rest } = fill(url, fields);
      return send({ method: "GET", route: url, path: `${path}${queryOf(rest)}` }, signal);
    };
  };
  const change = <C extends Call>(method: "POST" | "PATCH" | "DELETE", url: C["url"]): Ask<C> => {
    return (fields) => {
      const { path, rest } = fill(url, fields);
      const { directory, ...body } = rest;
      const given = Object.keys(body).length === 0 ? undefined : body;
      return send({ method, route: url, path: `${path}${queryOf({ directory })}`, body: given });
    };
  };
  const historyUrl: SyncHistoryListData["url"] = "/sync/history";
  return {
    session: {
      status: get<SessionStatusData>("/session/status"),
      list: get<SessionListData>("/session"),
      get: get<SessionGetData>("/session/{sessionID}"),
      message: get<SessionMessageData>("/session/{sessionID}/message/{messageID}"),
      messages: get<SessionMessagesData>("/session/{sessionID}/message"),
      todo: get<SessionTodoData>("/session/{sessionID}/todo"),
      diff: get<SessionDiffData>("/session/{sessionID}/diff"),
      create: change<SessionCreateData>("POST", "/session"),
      promptAsync: change<SessionPromptAsyncData>("POST", "/session/{sessionID}/prompt_async"),
      fork: change<SessionForkData>("POST", "/session/{sessionID}/fork"),
      abort: change<SessionAbortData>("POST", "/session/{sessionID}/abort"),
      delete: change<SessionDeleteData>("DELETE", "/session/{sessionID}"),
      update: change<SessionUpdateData>("PATCH", "/session/{sessionID}"),
    },
    app: {
      agents: get<AppAgentsData>("/agent"),
    },
    config: {
      providers: get<ConfigProvidersData>("/config/providers"),
    },
    permission: {
      list: get<PermissionListData>("/permission"),
      reply: change<PermissionReplyData>("POST", "/permission/{requestID}/reply"),
    },
    question: {
      list: get<QuestionListData>("/question"),
      reply: change<QuestionReplyData>("POST", "/question/{requestID}/reply"),
      reject: change<QuestionRejectData>("POST", "/question/{requestID}/reject"),
    },
    sync: {
      /** its body is never left out: opencode wants one even where nothing is known */
      history: (known: Readonly<Record<string, number>>) =>
        send({ method: "POST", route: historyUrl, path: historyUrl, body: known }),
    },
  };
}

/** What opencode's ids look like: anything else in an address may lead to another route. */
const ID = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;

/** Puts the ids that the address names into it, and returns the rest. Throws where one is none. */
function fill(url: string, fields: unknown): { readonly path: string; readonly rest: Record<string, unknown> } {
  const rest = { ...(fields as Record<string, unknown>) };
  const path = url.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    if (typeof value !== "string" || !ID.test(value))
      throw new HalError("bad_request", `${name} is no id of opencode's, and nothing was asked of it`);
    return value;
  });
  return { path, rest };
}

function queryOf(fields: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const texts = given.map(([name, value]) =>
    name === "directory" ? directoryQuery(String(value)) : `${name}=${encodeURIComponent(String(value))}`,
  );
  return texts.length === 0 ? "" : `?${texts.join("&")}`;
}

/** opencode decodes it twice: what is encoded once is another directory where its name holds a percent sign. */
export function directoryQuery(directory: string): string {
  return `directory=${encodeURIComponent(encodeURIComponent(directory))}`;
}

export type Calls = ReturnType<typeof opencodeCalls>;
