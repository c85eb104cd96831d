import { readFileSync } from "node:fs";
import path from "node:path";

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
  readonly cost: number;
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly reasoning: number;
    readonly cache: { readonly read: number; readonly write: number };
  };
}

export interface OpencodeMessage {
  readonly info: { readonly id: string; readonly role: string; readonly cost?: number };
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

  session(id: string): Promise<OpencodeSession> {
    return this.#get(`/session/${id}`);
  }

  messages(id: string): Promise<OpencodeMessage[]> {
    return this.#get(`/session/${id}/message`);
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

  async #get<T>(route: string): Promise<T> {
    const { url, authorization } = this.address;
    const response = await fetch(`${url}${route}`, { headers: { authorization } });
    if (!response.ok) throw new Error(`opencode answered ${response.status} to ${route}`);
    return (await response.json()) as T;
  }
}
