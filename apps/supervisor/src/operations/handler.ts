import type { OperationName, OperationOutput, ParsedInput } from "@hal/protocol";
import type { Identity } from "../capabilities/access/token-book.ts";
import type { StreamItem } from "../domain/stream-item.ts";
import type { Kernel } from "../kernel.ts";
import type { Page } from "./page.ts";

/** Who asks, as the doors found out. */
export interface Actor extends Identity {
  readonly surface: "http" | "control" | "agent" | "chat" | "webhook";
  readonly ip: string | undefined;
}

/** One request of an actor. */
export interface Caller extends Actor {
  readonly operation: OperationName;
  /** as it came, for comparing repeated requests */
  readonly rawInput: unknown;
  readonly idempotencyKey: string | undefined;
  /** aborts when the caller is gone */
  readonly signal: AbortSignal;
}

export interface Request {
  readonly operation: string;
  readonly input: unknown;
  readonly idempotencyKey?: string | undefined;
  /** the trace that the request belongs to, as W3C writes it */
  readonly traceparent?: string | undefined;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly output: unknown;
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** What of a stream is there together. */
export type Piece = readonly StreamItem[];

/** What runs an operation; `C` is as much of the context as it needs. Throws HalError. */
export type Handler<N extends OperationName, C extends Kernel = Kernel> = (
  context: C,
  input: ParsedInput<N>,
  caller: Caller,
) => Promise<OperationOutput<N> | PageOf<OperationOutput<N>>>;

/** A list may be answered a page at a time. */
type PageOf<Output> = Output extends readonly (infer Row)[] ? Page<Row> : never;

/** What opens a streaming operation. Rejects with a HalError for a bad request. */
export type Stream<C extends Kernel = Kernel> = (
  context: C,
  input: unknown,
  caller: Caller,
) => Promise<AsyncIterable<Piece>>;
