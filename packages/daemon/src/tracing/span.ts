import { AsyncLocalStorage } from "node:async_hooks";

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A piece of work as a collector of traces sees it. What it is told of must be no content, no path and no secret. */
export interface Span {
  readonly traceId: string;
  /** by which another program goes on with this trace, as W3C writes it */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** something that happened meanwhile */
  event(name: string): void;
  /** a request to another program that belongs to this work */
  child(name: string, attributes: Attributes): Span;
  /** `failure` is a short word for why it came to nothing */
  end(failure?: string): void;
}

const current = new AsyncLocalStorage<Span>();

/** The span whose work runs just now. */
export function currentSpan(): Span | undefined {
  return current.getStore();
}

/** Does something as the work of a span; where there is none, just does it. */
export function inSpan<T>(span: Span | undefined, work: () => T): T {
  return span === undefined ? work() : current.run(span, work);
}

/** Does something inside a span of its own, where it belongs to a work that is traced. */
export async function childSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  const span = currentSpan()?.child(name, attributes);
  if (span === undefined) return work();
  try {
    const done = await work();
    span.end();
    return done;
  } catch (error) {
    span.end(failureOf(error));
    throw error;
  }
}

/** A short word for an error: its code, or the name of its class, and never its text. */
export function failureOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  const word = typeof code === "string" ? code : name;
  return typeof word === "string" && /^[\w.-]{1,64}$/.test(word) ? word : "error";
}
