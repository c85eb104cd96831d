import type { OperationInput, OperationName, OperationOutput } from "../operations/index.ts";
import type { OPERATIONS } from "../operations/index.ts";

/** Operations that answer once. */
export type CallName = {
  [N in OperationName]: (typeof OPERATIONS)[N]["kind"] extends "stream" ? never : N;
}[OperationName];

/** Operations that yield items until they are cancelled. */
export type StreamName = Exclude<OperationName, CallName>;

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** the same key makes the same command; another payload under it is refused */
  readonly idempotencyKey?: string | undefined;
}

export interface CallResult<N extends OperationName> {
  readonly output: OperationOutput<N>;
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface StreamedItem<N extends OperationName> {
  readonly item: OperationOutput<N>;
  /** resume behind this one; undefined where the stream is not kept */
  readonly cursor: string | undefined;
}

/** What a program can ask of a supervisor, over either transport. Failures are HalErrors. */
export interface OperatorClient {
  call<N extends CallName>(name: N, input: OperationInput<N>, options?: CallOptions): Promise<CallResult<N>>;
  /** items as they come; resolves its first step when the supervisor has begun, and throws where the link ends */
  stream<N extends StreamName>(
    name: N,
    input: OperationInput<N>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<StreamedItem<N>>;
  close(): Promise<void>;
}
