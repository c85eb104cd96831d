import { createHmac, randomUUID } from "node:crypto";
import { type ForgeAnswer, type ForgeCall, pageOf, RestEdge } from "../forge/rest-edge.ts";
import { type Delivered, post, type WrongDelivery } from "../forge/sender.ts";

/** GitHub takes so many characters of a comment, and of the description of a status. */
const MOST = { comment: 65_536, description: 140 } as const;

/** Something that was written to it. */
export interface GithubComment {
  readonly id: number;
  /** such as `octo/web#7` */
  readonly on: string;
  readonly body: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface GithubStatus {
  readonly id: number;
  readonly repository: string;
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
}

export interface GithubOptions {
  /** where deliveries go to */
  readonly hook: () => string;
  readonly secret: string;
  /** what may write */
  readonly token: string;
  /** repositories that there are */
  readonly repositories?: readonly string[];
  readonly now?: () => number;
}

/** One delivery as it was made, so that it can be made again. */
interface Sent {
  readonly event: string;
  readonly payload: object;
}

/** GitHub on loopback: tells by signed deliveries what happens, and has a REST edge that judges what is written. */
export class GithubDouble implements AsyncDisposable {
  readonly #options: GithubOptions;
  readonly #edge = new RestEdge((call) => this.#answer(call));
  readonly #sent = new Map<string, Sent>();
  readonly comments: GithubComment[] = [];
  readonly statuses: GithubStatus[] = [];

  constructor(options: GithubOptions) {
    this.#options = options;
  }

  async listen(): Promise<this> {
    await this.#edge.listen();
    return this;
  }

  /** The address of its API. */
  get url(): string {
    return this.#edge.url;
  }

  get edge(): Pick<RestEdge, "record" | "failNext" | "failAlways"> {
    return this.#edge;
  }

  /** Tells something, signed as GitHub does it. */
  deliver(event: string, payload: object, wrong: WrongDelivery & { readonly id?: string } = {}): Promise<Delivered> {
    const id = wrong.id ?? randomUUID();
    this.#sent.set(id, { event, payload });
    const body = JSON.stringify(payload);
    const signature = createHmac("sha256", wrong.secret ?? this.#options.secret)
      .update(body)
      .digest("hex");
    return post(this.#options.hook(), id, {
      body: wrong.body ?? body,
      headers: {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/0a1b2c3",
        "x-github-delivery": id,
        "x-github-event": event,
        "x-hub-signature-256": `sha256=${signature}`,
        ...wrong.headers,
      },
    });
  }

  /** Tells again what was told, under the same id, as somebody asks it to on its page. */
  redeliver(id: string): Promise<Delivered> {
    const sent = this.#sent.get(id);
    if (sent === undefined) throw new Error(`${id} was never delivered`);
    return this.deliver(sent.event, sent.payload, { id });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#edge[Symbol.asyncDispose]();
  }

  #answer(call: ForgeCall): ForgeAnswer {
    if (call.header("user-agent") === "") return { status: 403, body: { message: "Please send a user agent" } };
    if (call.header("authorization") !== `Bearer ${this.#options.token}`)
      return { status: 401, body: { message: "Bad credentials" } };
    const url = new URL(call.path, "http://double");
    const [, owner, name, ...rest] = url.pathname.split("/").slice(1);
    const repository = `${owner}/${name}`;
    const { repositories = [repository] } = this.#options;
    if (!repositories.includes(repository)) return { status: 404, body: { message: "Not Found" } };
    const place = rest.join("/");
    const issue = /^issues\/(\d+)\/comments$/.exec(place)?.[1];
    if (issue !== undefined) return this.#comments(`${repository}#${issue}`, call, url.searchParams);
    const written = /^statuses\/([0-9a-f]+)$/.exec(place)?.[1];
    if (written !== undefined && call.method === "POST") return this.#setStatus(repository, written, call);
    const read = /^commits\/([0-9a-f]+)\/statuses$/.exec(place)?.[1];
    if (read !== undefined && call.method === "GET") {
      const found = this.statuses.filter((one) => one.repository === repository && one.sha === read);
      return { status: 200, body: pageOf(found.toReversed(), url.searchParams) };
    }
    return { status: 404, body: { message: "Not Found" } };
  }

  #comments(on: string, { method, body }: ForgeCall, query: URLSearchParams): ForgeAnswer {
    if (method === "GET") {
      const since = query.get("since");
      const found = this.comments.filter(
        (one) => one.on === on && (since === null || Date.parse(one.updated_at) >= Date.parse(since)),
      );
      return { status: 200, body: pageOf(found, query) };
    }
    const { body: text } = body;
    if (method !== "POST") return { status: 404, body: { message: "Not Found" } };
    if (typeof text !== "string" || text.trim() === "" || text.length > MOST.comment)
      return { status: 422, body: { message: "Validation Failed" } };
    const at = new Date((this.#options.now ?? Date.now)()).toISOString();
    const comment = { id: this.comments.length + 1, on, body: text, created_at: at, updated_at: at };
    this.comments.push(comment);
    return { status: 201, body: comment };
  }

  #setStatus(repository: string, sha: string, { body }: ForgeCall): ForgeAnswer {
    const { state, context, description } = body;
    const isValid =
      typeof state === "string" &&
      ["error", "failure", "pending", "success"].includes(state) &&
      typeof context === "string" &&
      typeof description === "string" &&
      description.length <= MOST.description;
    if (!isValid) return { status: 422, body: { message: "Validation Failed" } };
    const status = { id: this.statuses.length + 1, repository, sha, state, context, description };
    this.statuses.push(status);
    return { status: 201, body: status };
  }
}
