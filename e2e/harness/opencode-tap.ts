import type { OpencodeAddress } from "./opencode.ts";

interface Payload {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Hears opencode's own events beside the agent, and notes when each fact left opencode. */
export class OpencodeTap implements AsyncDisposable {
  readonly #ending: AbortController;
  readonly #leftAt = new Map<string, number>();
  readonly #reading: Promise<void>;

  private constructor(body: ReadableStream<Uint8Array>, ending: AbortController) {
    this.#ending = ending;
    this.#reading = this.#read(body);
  }

  static async open({ url, authorization }: OpencodeAddress): Promise<OpencodeTap> {
    const ending = new AbortController();
    const response = await fetch(`${url}/global/event`, { headers: { authorization }, signal: ending.signal });
    if (response.body === null) throw new Error("opencode streams nothing");
    return new OpencodeTap(response.body, ending);
  }

  /** Epoch milliseconds; undefined for what was not heard. */
  leftAt(fact: string): number | undefined {
    return this.#leftAt.get(fact);
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    try {
      for await (const bytes of body) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) if (line.startsWith("data:")) this.#hear(line.slice(5));
      }
    } catch (error) {
      if (!this.#ending.signal.aborted) throw error;
    }
  }

  #hear(data: string): void {
    const { payload } = JSON.parse(data) as { payload?: Payload };
    const fact = payload === undefined ? undefined : factOf(payload);
    if (fact !== undefined && !this.#leftAt.has(fact)) this.#leftAt.set(fact, Date.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#reading;
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
  if (type === "message.updated" && info?.role === "assistant" && info.time.completed !== undefined)
    return `message ${info.id}`;
  if (type === "message.part.updated" && part?.type === "tool" && part.state?.status === "completed")
    return `tool ${part.callID}`;
  if (type === "session.status" && status?.type === "idle") return `idle ${sessionID}`;
  return undefined;
}
