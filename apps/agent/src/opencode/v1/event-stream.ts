import { createParser } from "eventsource-parser";
import * as v from "valibot";
import type { OpencodeEvent } from "../../back-end.ts";
import { openHttp } from "../http.ts";

const Frame = v.object({
  directory: v.optional(v.string()),
  payload: v.looseObject({
    id: v.optional(v.string(), ""),
    type: v.string(),
    properties: v.optional(v.record(v.string(), v.unknown()), {}),
    syncEvent: v.optional(v.unknown()),
  }),
});

/** Start-up noise: not parsed. */
const IGNORED = /^\{[^{]*"payload":\{"id":"[^"]*","type":"(?:plugin\.added|catalog\.updated)"/;

/** opencode's global stream of events, of all directories; `read` parses each. It ends when the server goes away. */
export async function* readEvents(
  url: string,
  headers: Readonly<Record<string, string>>,
  read: (json: string) => unknown,
  signal: AbortSignal,
): AsyncGenerator<OpencodeEvent> {
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
      if (event !== undefined) yield event;
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
  const { directory, payload } = frame.output;
  return {
    id: payload.id,
    type: payload.type,
    directory,
    properties: payload.properties,
    syncEvent: payload.syncEvent,
  };
}
