import { type EventView, HalError, type OperationInput } from "@hal/protocol";
import { setTimeout as delay } from "node:timers/promises";
import { complain } from "../output/print.ts";
import { said } from "../output/said.ts";
import type { Session } from "../session.ts";

const RETRY_MS = [500, 1_000, 2_000, 5_000] as const;

/** Events from a cursor on, or from now on; goes on behind the last one when the supervisor comes back. */
export async function* followEvents(
  session: Session,
  filter: OperationInput<"events.stream">,
  signal: AbortSignal,
): AsyncGenerator<EventView> {
  let after = filter.after ?? (await currentCursor(session));
  const outage = new Outage(session, signal);
  while (!signal.aborted) {
    try {
      const input = { ...filter, after };
      for await (const { item, cursor } of session.client.stream("events.stream", input, { signal })) {
        outage.isOver();
        after = cursor ?? after;
        yield item;
      }
      if (!signal.aborted) await outage.wait(new HalError("unreachable", "the supervisor ended the stream"));
    } catch (error) {
      await outage.wait(error);
    }
  }
}

/** Asks until the supervisor can be reached; for what a follower needs between two events. */
export async function untilReached<T>(session: Session, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  const outage = new Outage(session, signal);
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      await outage.wait(error);
      signal.throwIfAborted();
    }
  }
}

/** A time in which the supervisor is away: told once, unless somebody else tells it, and waited out with growing pauses. */
export class Outage {
  readonly #session: Session;
  readonly #signal: AbortSignal;
  readonly #isTold: boolean;
  #failures = 0;

  constructor(session: Session, signal: AbortSignal, isTold = true) {
    this.#session = session;
    this.#signal = signal;
    this.#isTold = isTold;
  }

  isOver(): void {
    this.#failures = 0;
  }

  /** Waits before the next try; throws what waiting does not help against. */
  async wait(failure: unknown): Promise<void> {
    const signal = this.#signal;
    if (signal.aborted) return;
    if (!(failure instanceof HalError) || failure.code !== "unreachable") throw failure;
    if (this.#failures === 0 && this.#isTold)
      complain(this.#session.terminal, said`${failure.message}; waiting for it to come back`);
    const pauseMs = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Where the log ends now; what is asked for after this call comes behind it. */
export async function currentCursor({ client }: Session): Promise<string> {
  const { output } = await client.call("status.get", {});
  return `${output.log_id}:${output.last_event?.id ?? 0}`;
}
