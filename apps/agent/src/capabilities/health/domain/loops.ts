import type { EventData } from "@hal/protocol";

/** From so many identical calls in a row on a session is told to loop. */
export const LOOP_CALLS = 5;
/** From so many failures in a row on: of calls of one tool, or of whole turns. */
export const LOOP_ERRORS = 3;

/** So many calls are known again when they are heard of once more. */
const KNOWN_CALLS = 512;

/** A call of a tool as it is now; `args` says in one text what it was called with. */
export interface Call {
  readonly id: string;
  readonly tool: string;
  readonly args: string;
  readonly status: "running" | "completed" | "error";
}

interface Run {
  readonly what: string;
  readonly tool: string | undefined;
  readonly count: number;
  readonly since: number;
}

type Loop = NonNullable<EventData<"session.health">["loop"]>;

/**
 * Counts what comes again and again: identical calls, failing calls of one tool, failing turns. Anything else that comes in
 * between begins anew, and what is heard of a call twice counts once. Pure; times are as they are given.
 */
export class Loops {
  readonly #known = new Map<string, Call["status"]>();
  #calls: Run | undefined;
  #failures: Run | undefined;
  #turns: Run | undefined;

  called(call: Call, at: number): void {
    const before = this.#known.get(call.id);
    this.#know(call);
    if (before === undefined) this.#begun(call, at);
    if (before !== undefined && before !== "running") return;
    if (call.status === "error") this.#failures = again(this.#failures, call.tool, { tool: call.tool, at });
    if (call.status === "completed") this.#failures = undefined;
  }

  /** A turn failed by itself. */
  turnFailed(at: number): void {
    this.#rested();
    this.#turns = again(this.#turns, "turn", { tool: undefined, at });
  }

  /** A turn came to another end. */
  turnEnded(): void {
    this.#rested();
    this.#turns = undefined;
  }

  /** What was called was not heard for a while: nobody knows what came in between. */
  missed(): void {
    this.#rested();
  }

  get loop(): Loop | undefined {
    const calls = this.#calls;
    if (calls !== undefined && calls.count >= LOOP_CALLS) return told("same_call", calls);
    const errors = [this.#failures, this.#turns].find((run) => run !== undefined && run.count >= LOOP_ERRORS);
    return errors === undefined ? undefined : told("errors", errors);
  }

  #begun({ tool, args }: Call, at: number): void {
    this.#calls = again(this.#calls, `${tool} ${args}`, { tool, at });
    if (this.#failures?.tool !== tool) this.#failures = undefined;
  }

  #rested(): void {
    this.#calls = undefined;
    this.#failures = undefined;
  }

  #know({ id, status }: Call): void {
    // one that has ended goes on no more, whatever is heard of it late
    const before = this.#known.get(id);
    if (before === undefined || before === "running") this.#known.set(id, status);
    if (this.#known.size > KNOWN_CALLS) this.#known.delete(this.#known.keys().next().value as string);
  }
}

function again(
  run: Run | undefined,
  what: string,
  { tool, at }: { readonly tool: string | undefined; readonly at: number },
) {
  return run?.what === what ? { ...run, count: run.count + 1 } : { what, tool, count: 1, since: at };
}

function told(kind: Loop["kind"], { tool, count, since }: Run): Loop {
  return { since, kind, ...(tool === undefined ? {} : { tool }), count };
}
