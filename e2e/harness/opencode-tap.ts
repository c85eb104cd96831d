import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { OpencodeAddress } from "./opencode.ts";

interface Payload {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Hears opencode's own events beside the agent, and notes when each fact left opencode. */
export class OpencodeTap implements AsyncDisposable {
  readonly #ending = new AbortController();
  readonly #leftAt = new Map<string, number>();
  readonly #reading: Promise<void>;

  private constructor(body: ReadableStream<Uint8Array>) {
    this.#reading = this.#read(body);
  }

  static async open({ url, authorization }: OpencodeAddress): Promise<OpencodeTap> {
    const response = await fetch(`${url}/global/event`, { headers: { authorization } });
    if (response.body === null) throw new Error("opencode streams nothing");
    return new OpencodeTap(response.body);
  }

  /** Epoch milliseconds; undefined for what was not heard. */
  leftAt(fact: string): number | undefined {
    return this.#leftAt.get(fact);
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const lines = createInterface({ input: Readable.fromWeb(body as never), signal: this.#ending.signal });
    for await (const line of lines) {
      if (!line.startsWith("data:")) continue;
      const now = Date.now();
      const { payload } = JSON.parse(line.slice(5)) as { payload?: Payload };
      const fact = payload === undefined ? undefined : factOf(payload);
      if (fact !== undefined && !this.#leftAt.has(fact)) this.#leftAt.set(fact, now);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#reading.catch(() => undefined);
  }
}

/** A name for what an event says, the same as `factOf` a row of the log. */
function factOf({ type, properties = {} }: Payload): string | undefined {
  const { info, part, sessionID, status } = properties as {
    info?: { id: string; role?: string; time: { completed?: number } };
    part?: { type: string; callID?: string; state?: { status: string } };
    sessionID?: string;
    status?: { type: string };
  };
  if (type === "message.updated" && info?.role === "assistant" && info.time.completed !== undefined) return `message ${info.id}`;
  if (type === "message.part.updated" && part?.type === "tool" && part.state?.status === "completed") return `tool ${part.callID}`;
  if (type === "session.status" && status?.type === "idle") return `idle ${sessionID}`;
  return undefined;
}
