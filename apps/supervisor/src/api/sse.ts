import { patience } from "@hal/daemon";
import { errorBodyOf, HalError, httpErrorCode } from "@hal/protocol";
import { jsonText } from "@hal/protocol/text";
import type { Context } from "../context.ts";
import { openStream } from "../operations/dispatch.ts";
import type { StreamItem } from "../domain/stream-item.ts";
import type { Actor, Piece, Request } from "../operations/handler.ts";

/** A comment line keeps proxies from closing a silent stream. */
const KEEP_ALIVE_MS = 15_000;

/**
 * A streaming operation as server-sent events: `id:` is the cursor, where there is one, and `Last-Event-ID` goes on
 * behind it. It is read as the client takes it, so that a slow client holds nothing up.
 */
export async function eventStream(
  context: Context,
  actor: Actor,
  request: Request,
  client: { readonly lastEventId: string | undefined; readonly cutOff: () => void },
): Promise<Response> {
  const { lastEventId, cutOff } = client;
  const left = new AbortController();
  const input = lastEventId === undefined ? request.input : { ...(request.input as object), after: lastEventId };
  const signal = AbortSignal.any([request.signal, left.signal, actor.valid]);
  const items = (await openStream(context, actor, { ...request, input, signal }))[Symbol.asyncIterator]();

  let stalled: Disposable | undefined;
  const encoder = new TextEncoder();
  let pending: Promise<IteratorResult<Piece>> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(": hal-o-swarm\n\n"));
    },
    async pull(controller) {
      stalled?.[Symbol.dispose]();
      pending ??= items.next();
      const next = await orKeepAlive(pending).catch((error: unknown) => failed(context, error));
      if (next === "keep-alive") {
        controller.enqueue(encoder.encode(": keep-alive\n\n"));
        return;
      }
      pending = undefined;
      if ("problem" in next) controller.enqueue(encoder.encode(next.problem));
      if ("problem" in next || next.done === true) {
        left.abort();
        controller.close();
        return;
      }
      controller.enqueue(bytesOf(next.value));
      stalled = patience(context.readerMs, () => {
        context.log.warn("a reader of a stream took nothing for too long and was cut off");
        left.abort();
        cutOff();
      });
    },
    cancel() {
      stalled?.[Symbol.dispose]();
      left.abort();
    },
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
  });
}

/** The end of a stream that could not go on, for clients that read what they were answered already. */
function failed({ log }: Context, error: unknown): { readonly problem: string } {
  if (!(error instanceof HalError)) log.error({ error }, "a stream failed");
  const { message, ...body } = errorBodyOf(error);
  const data = { error: message, code: httpErrorCode({ message, ...body }) };
  return { problem: `event: error\ndata: ${jsonText(data)}\n\n` };
}

const encoded = new WeakMap<Piece, Uint8Array>();

/** Each piece is framed once, however many follow. */
function bytesOf(piece: Piece): Uint8Array {
  const known = encoded.get(piece);
  if (known !== undefined) return known;
  const bytes = Buffer.from(piece.map(frameOf).join(""));
  encoded.set(piece, bytes);
  return bytes;
}

function frameOf({ cursor, json }: StreamItem): string {
  const data = `data: ${json}\n\n`;
  return cursor === undefined ? data : `id: ${cursor}\n${data}`;
}

async function orKeepAlive<T>(next: Promise<T>): Promise<T | "keep-alive"> {
  let timer: NodeJS.Timeout | undefined;
  const quiet = new Promise<"keep-alive">((resolve) => {
    timer = setTimeout(() => resolve("keep-alive"), KEEP_ALIVE_MS);
  });
  try {
    return await Promise.race([next, quiet]);
  } finally {
    clearTimeout(timer);
  }
}
