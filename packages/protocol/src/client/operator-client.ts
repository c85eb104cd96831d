import { meantText } from "../text/closest.ts";
import { HalError } from "../errors.ts";
import type { OperationInput, OperationName, OperationOutput } from "../operations/index.ts";
import { isOperationName, OPERATION_NAMES, OPERATIONS } from "../operations/index.ts";

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

/**
 * Judges what a program without types asks: a name that is no operation, or one of the other kind, and an input that is no
 * object. Throws a HalError that says what to write instead.
 */
export function checkAsked(name: unknown, input: unknown, kind: "call" | "stream"): void {
  const names = OPERATION_NAMES.filter((one) => (OPERATIONS[one].kind === "stream") === (kind === "stream"));
  if (typeof name !== "string" || !isOperationName(name)) {
    const given = typeof name === "string" ? name : `of the type ${typeof name}`;
    // a noun alone, or without its dot, is nearest to what begins with it
    const noun = given.split(/[.\s_-]/, 1)[0] ?? "";
    const meant =
      meantText(given, OPERATION_NAMES) ||
      meantText(
        `${noun}.`,
        names.filter((one) => one.startsWith(`${noun}.`)),
      );
    const list = names.join(", ");
    throw new HalError("bad_request", `there is no operation ${given}${meant === "" ? `; there are: ${list}` : meant}`);
  }
  if (!names.includes(name))
    throw new HalError(
      "bad_request",
      `${name} is ${kind === "stream" ? "no stream; use call" : "a stream; use stream"}("${name}", …)`,
    );
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw new HalError(
      "bad_request",
      `the input of ${name} is an object; write ${kind}("${name}", {}) where it needs nothing`,
    );
}
