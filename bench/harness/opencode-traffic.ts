import type { OpencodeAddress } from "../../e2e/harness/opencode.ts";

/** Counts what an opencode says on its event stream. */
export class OpencodeTraffic implements AsyncDisposable {
  count = 0;
  readonly #ending = new AbortController();
  #reading: Promise<void> = Promise.resolve();

  static async open({ url, authorization }: OpencodeAddress): Promise<OpencodeTraffic> {
    const traffic = new OpencodeTraffic();
    const { signal } = traffic.#ending;
    const response = await fetch(`${url}/global/event`, { headers: { authorization }, signal });
    if (response.body === null) throw new Error("opencode streams nothing");
    traffic.#reading = traffic.#read(response.body);
    return traffic;
  }

  /** Each event is one `data:` line, which no text inside of JSON can be mistaken for. */
  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    try {
      for await (const bytes of body) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split("\ndata:");
        rest = lines.pop()?.slice(-5) ?? "";
        this.count += lines.length;
      }
    } catch (error) {
      if (!this.#ending.signal.aborted) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#reading;
  }
}
