import { createParser } from "eventsource-parser";
import * as v from "valibot";
import { openHttp } from "../http.ts";
import type { OpencodeEvent } from "./source-fact.ts";

const Frame = v.object({
  payload: v.looseObject({
    type: v.string(),
    properties: v.optional(v.unknown()),
    syncEvent: v.optional(v.unknown()),
  }),
});

/** Start-up noise: not parsed. */
const IGNORED = /^\{[^{]*"payload":\{"id":"[^"]*","type":"(?:plugin\.added|catalog\.updated)"/;

interface Reading<T> {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** parses what came */
  readonly read: (json: string) => unknown;
  /** what is made of each event */
  readonly tell: (event: OpencodeEvent) => T;
}

/** opencode's global stream of events, of all directories. It ends when the server goes away. */
export async function* readEvents<T>({ url, headers, read, tell }: Reading<T>, signal: AbortSignal): AsyncGenerator<T> {
  const response = await openHttp({ url, headers: { ...headers, accept: "text/event-stream" } }, signal);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`opencode answered ${response.statusCode} to its event stream`);
  }
  // by hand and not as piped streams, which cost more than all the rest at a thousand events a second
  let frames: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => frames.push(data) });
  const decoder = new TextDecoder();
  for await (const bytes of response) {
    parser.feed(decoder.decode(bytes as Buffer, { stream: true }));
    const complete = frames;
    frames = [];
    for (const data of complete) {
      const event = IGNORED.test(data) ? undefined : parse(data, read);
      if (event !== undefined) yield tell(event);
    }
  }
}

/** Not with the error of the parser, which quotes what was said. */
function readJson(data: string, read: (json: string) => unknown): unknown {
  try {
    return read(data);
  } catch {
    throw new Error("what came on opencode's event stream is no JSON");
  }
}

function parse(data: string, read: (json: string) => unknown): OpencodeEvent | undefined {
  const frame = v.safeParse(Frame, readJson(data, read));
  if (!frame.success) return undefined;
  const { type, properties, syncEvent } = frame.output.payload;
  return { type, properties, syncEvent };
}
