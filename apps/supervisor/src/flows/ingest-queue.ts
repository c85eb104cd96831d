import { HalError, type HalEvent, isFinal } from "@hal/protocol";
import {
  type AppendedEvent,
  type Batch,
  commandById,
  ingest,
  type Ingested,
  noteProjects,
} from "@hal/store/supervisor";
import type { Context } from "../context.ts";

interface Waiting {
  readonly batch: Batch;
  readonly resolve: (result: Ingested) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits what nodes tell, many frames per commit: what arrived while the last commit ran goes into the
 * next. `submit` resolves after the commit, so that whoever called it may acknowledge.
 */
export class IngestQueue implements AsyncDisposable {
  readonly #context: Context;
  #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(context: Context) {
    this.#context = context;
  }

  submit(batch: Batch): Promise<Ingested> {
    if (this.#closed) return Promise.reject(new HalError("unavailable", "the supervisor is stopping"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  /** Takes nothing more and waits for what was taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      await this.#commit(group);
      // let sockets be read and written between two commits
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#working = undefined;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const { store, clock } = this.#context;
    try {
      const results = await ingest(
        store,
        group.map(({ batch }) => batch),
        clock.now(),
      );
      for (const result of results) await noteConsequences(this.#context, result);
      this.#context.wakeup.notify();
      group.forEach(({ resolve }, index) => resolve(results[index] as Ingested));
    } catch (error) {
      this.#context.log.error({ error }, "events could not be committed; their agents keep them and send them again");
      for (const { reject } of group) reject(error);
    }
  }
}

async function noteConsequences(context: Context, result: Ingested): Promise<void> {
  context.metrics.duplicatesDropped(result.duplicates);
  for (const appended of result.appended) {
    context.metrics.eventAppended(appended.type);
    await noteConsequence(context, result.nodeId, appended);
  }
}

async function noteConsequence(context: Context, nodeId: string, { event }: AppendedEvent): Promise<void> {
  if (event === undefined) return;
  if (event.type === "projects.changed") await noteProjects(context.store, nodeId, event.data.projects);
  if (isOutcome(event)) await measureOutcome(context, event.data.commandId);
}

type Outcome = Extract<HalEvent, { type: "command.succeeded" | "command.failed" | "command.cancelled" }>;

function isOutcome(event: HalEvent): event is Outcome {
  return event.type === "command.succeeded" || event.type === "command.failed" || event.type === "command.cancelled";
}

async function measureOutcome(context: Context, commandId: string): Promise<void> {
  const command = await commandById(context.store, commandId);
  if (command === undefined || !isFinal(command.state)) return;
  const seconds = Math.max(0, context.clock.now() - command.createdAt) / 1000;
  context.metrics.commandFinished(command.type, command.state, seconds);
}
