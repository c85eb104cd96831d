import { createHmac, randomUUID } from "node:crypto";
import { type ForgeAnswer, type ForgeCall, pageOf, RestEdge } from "../forge/rest-edge.ts";
import { type Delivered, post, type WrongDelivery } from "../forge/sender.ts";

/** GitLab takes so many characters of a note, and of the description of a status. */
const MOST = { note: 1_000_000, description: 255 } as const;

export interface GitlabNote {
  readonly id: number;
  /** such as `12/issues/7` */
  readonly on: string;
  readonly body: string;
}

export interface GitlabStatus {
  readonly id: number;
  readonly project: string;
  readonly sha: string;
  readonly status: string;
  readonly name: string;
  readonly description: string;
}

export interface GitlabOptions {
  readonly hook: () => string;
  /** the secret token, which it sends as it is */
  readonly secret?: string;
  /** the signing token, `whsec_…` */
  readonly signingToken?: string;
  readonly token: string;
  readonly now?: () => number;
}

/** GitLab on loopback: tells by deliveries with a token, signed or not, and has a REST edge that judges what is written. */
export class GitlabDouble implements AsyncDisposable {
  readonly #options: GitlabOptions;
  readonly #edge = new RestEdge((call) => this.#answer(call));
  readonly notes: GitlabNote[] = [];
  readonly statuses: GitlabStatus[] = [];

  constructor(options: GitlabOptions) {
    this.#options = options;
  }

  async listen(): Promise<this> {
    await this.#edge.listen();
    return this;
  }

  /** The address of its API. */
  get url(): string {
    return `${this.#edge.url}/api/v4`;
  }

  get edge(): Pick<RestEdge, "record" | "failNext" | "failAlways"> {
    return this.#edge;
  }

  /** Tells something; a further try of the same has the same id. */
  deliver(event: string, payload: object, wrong: WrongDelivery & { readonly id?: string } = {}): Promise<Delivered> {
    const { hook, secret = "", signingToken, now = Date.now } = this.#options;
    const id = wrong.id ?? randomUUID();
    const body = JSON.stringify(payload);
    const at = String(Math.floor(now() / 1_000) - (wrong.ageS ?? 0));
    return post(hook(), id, {
      body: wrong.body ?? body,
      headers: {
        "content-type": "application/json",
        "user-agent": "GitLab/19.0.0",
        "idempotency-key": id,
        "x-gitlab-event": event,
        "x-gitlab-token": wrong.secret ?? secret,
        ...(signingToken === undefined ? {} : signed(wrong.secret ?? signingToken, { id, at, body })),
        ...wrong.headers,
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#edge[Symbol.asyncDispose]();
  }

  #answer(call: ForgeCall): ForgeAnswer {
    if (call.header("private-token") !== this.#options.token)
      return { status: 401, body: { message: "401 Unauthorized" } };
    const url = new URL(call.path, "http://double");
    const place = url.pathname.replace(/^\/api\/v4\/projects\//, "");
    const on = /^(\d+\/(?:issues|merge_requests)\/\d+)\/notes$/.exec(place)?.[1];
    if (on !== undefined) return this.#onNotes(on, call, url.searchParams);
    const [, project = "", sha] = /^(\d+)\/statuses\/([0-9a-f]+)$/.exec(place) ?? [];
    if (sha !== undefined && call.method === "POST") return this.#setStatus(project, sha, call);
    const [, of = "", read] = /^(\d+)\/repository\/commits\/([0-9a-f]+)\/statuses$/.exec(place) ?? [];
    if (read !== undefined && call.method === "GET") {
      const found = this.statuses.filter((one) => one.project === of && one.sha === read);
      return { status: 200, body: pageOf(found, url.searchParams) };
    }
    return { status: 404, body: { message: "404 Not found" } };
  }

  #onNotes(on: string, { method, body }: ForgeCall, query: URLSearchParams): ForgeAnswer {
    if (method === "GET") {
      const found = this.notes.filter((note) => note.on === on);
      return { status: 200, body: pageOf(query.get("sort") === "asc" ? found : found.toReversed(), query) };
    }
    const { body: text } = body;
    if (method !== "POST" || typeof text !== "string" || text.trim() === "" || text.length > MOST.note)
      return { status: 400, body: { message: "400 Bad request - Note is invalid" } };
    const note = { id: this.notes.length + 1, on, body: text };
    this.notes.push(note);
    return { status: 201, body: note };
  }

  #setStatus(project: string, sha: string, { body }: ForgeCall): ForgeAnswer {
    const { state, name, description } = body;
    const isValid =
      typeof state === "string" &&
      ["pending", "running", "success", "failed", "canceled", "skipped"].includes(state) &&
      typeof name === "string" &&
      typeof description === "string" &&
      description.length <= MOST.description;
    if (!isValid) return { status: 400, body: { message: "400 Bad request" } };
    const status = { id: this.statuses.length + 1, project, sha, status: state, name, description };
    this.statuses.push(status);
    return { status: 201, body: status };
  }
}

function signed(
  token: string,
  { id, at, body }: { readonly id: string; readonly at: string; readonly body: string },
): Readonly<Record<string, string>> {
  const key = Buffer.from(token.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": `v1,${signature}` };
}
