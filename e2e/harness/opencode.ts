import { readFileSync, statSync } from "node:fs";
import path from "node:path";

/** A request that meets an opencode in the middle of its start may never be answered. */
const ANSWER_MS = 10_000;

interface ServerRecord {
  readonly pid: number;
  readonly port: number;
  readonly password: string;
}

/** Where an opencode listens, and what it wants to hear. */
export interface OpencodeAddress {
  readonly url: string;
  readonly authorization: string;
}

export interface OpencodeSession {
  readonly id: string;
  readonly parentID?: string;
  readonly cost: number;
  readonly time: { readonly created: number; readonly updated: number; readonly archived?: number | null };
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly reasoning: number;
    readonly cache: { readonly read: number; readonly write: number };
  };
}

export interface OpencodeMessage {
  readonly info: {
    readonly id: string;
    readonly role: string;
    readonly cost?: number;
    readonly finish?: string;
    readonly error?: { readonly name: string };
    readonly time: { readonly created: number; readonly completed?: number };
  };
  readonly parts: readonly {
    readonly type: string;
    readonly text?: string;
    readonly synthetic?: boolean;
    readonly ignored?: boolean;
    /** of a tool */
    readonly state?: { readonly status: string; readonly error?: string };
  }[];
}

/** What waits for a person, in one of its sessions. */
export interface OpencodeRequest {
  readonly id: string;
  readonly sessionID: string;
}

/** An agent's opencode, asked behind the agent's back. */
export class Opencode {
  readonly #record: ServerRecord;

  constructor(agentDataDir: string) {
    this.#record = JSON.parse(readFileSync(path.join(agentDataDir, "opencode-server.json"), "utf8")) as ServerRecord;
  }

  get pid(): number {
    return this.#record.pid;
  }

  /** When its process was started. */
  get startedAt(): number {
    return statSync(`/proc/${this.pid}`).ctimeMs;
  }

  get port(): number {
    return this.#record.port;
  }

  session(id: string): Promise<OpencodeSession> {
    return this.#get(`/session/${id}`);
  }

  sessions(directory: string): Promise<OpencodeSession[]> {
    return this.#get(`/session?${new URLSearchParams({ directory, limit: "10000" }).toString()}`);
  }

  /** Of the sessions that are at work. */
  async statuses(directory: string): Promise<Readonly<Record<string, { readonly type: string }>>> {
    const all = await this.#get<Record<string, { type: string }>>(
      `/session/status?${new URLSearchParams({ directory }).toString()}`,
    );
    return Object.fromEntries(Object.entries(all).filter(([, { type }]) => type !== "idle"));
  }

  /** The permissions and questions that wait for an answer. */
  async requests(directory: string): Promise<OpencodeRequest[]> {
    const query = new URLSearchParams({ directory }).toString();
    const lists = await Promise.all(
      ["permission", "question"].map((kind) => this.#get<OpencodeRequest[]>(`/${kind}?${query}`)),
    );
    return lists.flat();
  }

  /** Does something to it that a person could do in opencode itself. */
  async post(route: string, body: object = {}): Promise<void> {
    await this.#send("POST", route, body);
  }

  async deleteSession(id: string): Promise<void> {
    await this.#send("DELETE", `/session/${id}`);
  }

  /** All, or the `newest` of them, oldest first. */
  messages(id: string, newest?: number): Promise<OpencodeMessage[]> {
    return this.#get(`/session/${id}/message${newest === undefined ? "" : `?limit=${newest}`}`);
  }

  children(id: string): Promise<OpencodeSession[]> {
    return this.#get(`/session/${id}/children`);
  }

  get address(): OpencodeAddress {
    const { port, password } = this.#record;
    return {
      url: `http://127.0.0.1:${port}`,
      authorization: `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}`,
    };
  }

  async #send(method: string, route: string, body?: object): Promise<void> {
    const { url, authorization } = this.address;
    const response = await fetch(`${url}${route}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`opencode answered ${response.status} to ${method} ${route}`);
  }

  async #get<T>(route: string): Promise<T> {
    const { url, authorization } = this.address;
    const response = await fetch(`${url}${route}`, {
      headers: { authorization },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) throw new Error(`opencode answered ${response.status} to ${route}`);
    return (await response.json()) as T;
  }
}
