import type { OpencodeAddress } from "./opencode.ts";

interface Payload {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Hears opencode's own events beside the agent: when each fact left opencode, and which answers it took. */
export class OpencodeTap implements AsyncDisposable {
  readonly #ending: AbortController;
  readonly #leftAt = new Map<string, number>();
  readonly #taken = new Map<string, string[]>();
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

  /** The answers that opencode took to a request, in its own words: `once`, `always`, `reject`, or `answer` to a question. */
  taken(requestId: string): readonly string[] {
    return this.#taken.get(requestId) ?? [];
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
    const answer = payload === undefined ? undefined : answerOf(payload);
    if (answer !== undefined) this.#taken.set(answer.id, [...this.taken(answer.id), answer.reply]);
    const fact = payload === undefined ? undefined : factOf(payload);
    if (fact !== undefined && !this.#leftAt.has(fact)) this.#leftAt.set(fact, Date.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#reading;
  }
}

function answerOf({ type, properties = {} }: Payload): { readonly id: string; readonly reply: string } | undefined {
  const { requestID: id = "", reply = "" } = properties as { requestID?: string; reply?: string };
  if (type === "permission.replied") return { id, reply };
  if (type === "question.replied") return { id, reply: "answer" };
  if (type === "question.rejected") return { id, reply: "reject" };
  return undefined;
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
