import { currentSpan, type Span, type Tracing } from "@hal/daemon";

/** So many commands are followed at a time; of more the oldest are given up, and their spans end. */
const MOST = 10_000;

/** Follows commands from their making to their outcome, so that the agent's part belongs to the trace of whoever asked. */
export class CommandSpans implements Disposable {
  readonly #tracing: Tracing;
  readonly #open = new Map<string, Span>();

  constructor(tracing: Tracing) {
    this.#tracing = tracing;
  }

  /** A command was queued by the work that runs just now. */
  queued({ id, type, nodeId }: { readonly id: string; readonly type: string; readonly nodeId: string }): void {
    const attributes = { "hal.command.id": id, "hal.command.type": type, "hal.node.id": nodeId };
    const span = this.#tracing.begin(`command ${type}`, { kind: "producer", parent: currentSpan(), attributes });
    if (span === undefined) return;
    span.event("queued");
    this.#open.set(id, span);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST && oldest !== undefined) this.ended(oldest, "not followed");
  }

  /** A command goes out now; returns what its agent goes on with. */
  sent(id: string): string | undefined {
    const span = this.#open.get(id);
    span?.event("sent");
    return span?.traceparent;
  }

  /** A command has its outcome. */
  ended(id: string, state: string): void {
    const span = this.#open.get(id);
    this.#open.delete(id);
    span?.set({ "hal.command.state": state });
    span?.end(state === "failed" || state === "expired" ? state : undefined);
  }

  /** What has no outcome yet is followed no further. */
  [Symbol.dispose](): void {
    for (const id of this.#open.keys()) this.ended(id, "not followed");
  }
}
