import { errorText } from "@hal/daemon";
import type { AnswerPlace } from "./domain/happening.ts";
import type { Outcome } from "./domain/after-answer.ts";
import { markerOf } from "./domain/marker.ts";
import type { ServiceName } from "./sources.ts";

const TIMEOUT_MS = 20_000;
/** So many pages of comments are looked through for one of ours. */
const MOST_PAGES = 10;
const PER_PAGE = 100;

/** Where answers are written, and with what. */
export interface ServiceAccess {
  readonly kind: ServiceName;
  readonly url: string;
  readonly token: string;
  readonly userAgent: string;
  readonly now: () => number;
}

/** What is written. */
export interface ToWrite {
  /** the arrival that it answers */
  readonly id: string;
  readonly at: AnswerPlace;
  readonly text: string;
  readonly isGood: boolean;
}

/** Writes an answer; one that may have been written already is looked for first. */
export async function writeAnswer(
  access: ServiceAccess,
  { id, at, text, isGood }: ToWrite,
  { mayBeThere, signal }: { readonly mayBeThere: boolean; readonly signal: AbortSignal },
): Promise<Outcome> {
  try {
    if (mayBeThere) {
      const found =
        at.kind === "comment" ? await findComment(access, at, id, signal) : await findStatus(access, at, id, signal);
      if (found.kind !== "nowhere") return found;
    }
    const { path, body } =
      at.kind === "comment" ? { path: at.path, body: { body: text } } : statusOf(access, at, { id, text, isGood });
    const response = await ask(access, path, signal, body);
    await response.body?.cancel();
    return outcomeOf(access, response);
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: "failed", reason: `it could not be reached: ${errorText(error)}` };
  }
}

type Found = Outcome | { readonly kind: "nowhere" };

async function findComment(
  access: ServiceAccess,
  { path, since }: Extract<AnswerPlace, { readonly kind: "comment" }>,
  id: string,
  signal: AbortSignal,
): Promise<Found> {
  // the newest pages of GitLab, and of GitHub those behind what was answered
  const narrowed =
    access.kind === "gitlab"
      ? "&sort=desc&order_by=created_at"
      : since === ""
        ? ""
        : `&since=${encodeURIComponent(since)}`;
  return find(access, `${path}?per_page=${PER_PAGE}${narrowed}`, signal, (one) =>
    textAt(one, "body").includes(markerOf(id)),
  );
}

async function findStatus(
  access: ServiceAccess,
  { repository, sha }: Extract<AnswerPlace, { readonly kind: "status" }>,
  id: string,
  signal: AbortSignal,
): Promise<Found> {
  const path =
    access.kind === "github"
      ? `repos/${repository}/commits/${sha}/statuses`
      : `projects/${repository}/repository/commits/${sha}/statuses`;
  const field = access.kind === "github" ? "context" : "name";
  return find(access, `${path}?per_page=${PER_PAGE}`, signal, (one) => textAt(one, field) === contextOf(id));
}

async function find(
  access: ServiceAccess,
  path: string,
  signal: AbortSignal,
  isIt: (one: unknown) => boolean,
): Promise<Found> {
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const response = await ask(access, `${path}&page=${page}`, signal);
    if (!response.ok) {
      await response.body?.cancel();
      return outcomeOf(access, response);
    }
    const list: unknown = await response.json();
    if (!Array.isArray(list)) return { kind: "failed", reason: "it answered with something else than a list" };
    if (list.some(isIt)) return { kind: "written" };
    if (list.length < PER_PAGE) break;
  }
  return { kind: "nowhere" };
}

function textAt(value: unknown, key: string): string {
  const text: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof text === "string" ? text : "";
}

/** What a commit's status is called: one for each arrival. */
function contextOf(id: string): string {
  return `hal-o-swarm/${id}`;
}

function statusOf(
  { kind }: ServiceAccess,
  { repository, sha }: Extract<AnswerPlace, { readonly kind: "status" }>,
  { id, text, isGood }: Pick<ToWrite, "id" | "text" | "isGood">,
): { readonly path: string; readonly body: Readonly<Record<string, string>> } {
  const description = text;
  if (kind === "github") {
    const state = isGood ? "success" : "failure";
    return { path: `repos/${repository}/statuses/${sha}`, body: { state, context: contextOf(id), description } };
  }
  const state = isGood ? "success" : "failed";
  return { path: `projects/${repository}/statuses/${sha}`, body: { state, name: contextOf(id), description } };
}

async function ask(
  { kind, url, token, userAgent }: ServiceAccess,
  path: string,
  signal: AbortSignal,
  body?: unknown,
): Promise<Response> {
  const own: Record<string, string> =
    kind === "github"
      ? {
          authorization: `Bearer ${token}`,
          accept: "application/vnd.github+json",
          "x-github-api-version": "2022-11-28",
        }
      : { "private-token": token, accept: "application/json" };
  return fetch(`${url}/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...own, "user-agent": userAgent, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // a token goes nowhere else, and a post does not become something else
    redirect: "manual",
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
}

function outcomeOf({ now }: ServiceAccess, { ok, status, headers }: Response): Outcome {
  if (ok) return { kind: "written" };
  if (status >= 300 && status < 400) return { kind: "refused", status, waitMs: undefined, text: "it is elsewhere now" };
  return { kind: "refused", status, waitMs: waitMsOf(status, headers, now()), text: "" };
}

/** How long a service wants to be left alone; undefined where it refuses for another reason. */
function waitMsOf(status: number, headers: Headers, now: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = headers.get("retry-after");
  if (after !== null && /^\d{1,6}$/.test(after)) return Number(after) * 1_000;
  const reset = headers.get("x-ratelimit-reset") ?? headers.get("ratelimit-reset");
  const isUsedUp = (headers.get("x-ratelimit-remaining") ?? headers.get("ratelimit-remaining")) === "0";
  if (isUsedUp) return Math.max(1_000, Number(reset ?? 0) * 1_000 - now);
  return status === 429 ? 60_000 : undefined;
}
