import { HalError, type OperationName, type StreamName } from "@hal/protocol";
import type { Caller, Piece } from "./handler.ts";

/** An operation that is answered once, and does not stream. */
export type AnsweredName = Exclude<OperationName, StreamName>;

export type BoundHandler = (input: unknown, caller: Caller) => Promise<unknown>;
export type BoundStream = (input: unknown, caller: Caller) => Promise<AsyncIterable<Piece>>;

/** What runs each operation, whatever capability brought it. */
export class OperationTable {
  readonly #handlers = new Map<OperationName, BoundHandler>();
  readonly #streams = new Map<OperationName, BoundStream>();

  addHandler(name: AnsweredName, run: BoundHandler): void {
    this.#refuseTwice(name);
    this.#handlers.set(name, run);
  }

  addStream(name: StreamName, open: BoundStream): void {
    this.#refuseTwice(name);
    this.#streams.set(name, open);
  }

  handler(name: OperationName): BoundHandler {
    const run = this.#handlers.get(name);
    if (run !== undefined) return run;
    throw new HalError("bad_request", `${name} is a stream; follow it instead`);
  }

  stream(name: OperationName): BoundStream {
    const open = this.#streams.get(name);
    if (open !== undefined) return open;
    throw new HalError("bad_request", `${name} is not a stream`);
  }

  #refuseTwice(name: OperationName): void {
    if (this.#handlers.has(name) || this.#streams.has(name)) throw new Error(`two capabilities answer ${name}`);
  }
}
