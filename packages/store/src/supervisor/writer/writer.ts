import { StoreError } from "../../store-error.ts";
import type { Appended } from "../append-tally.ts";
import type { CheckpointEnd, CheckpointRequest } from "../../file/checkpointer.ts";
import type { Attempt, GroupResult, WriteProblem } from "./commit-group.ts";
import type { Committer } from "./committer.ts";
import type { EventsFrame } from "./read-frame.ts";
import type { Taken } from "./append-frame.ts";
import type { WriteRequest } from "../write.ts";

/** At most so many bytes of frames go into one commit: it takes milliseconds, not seconds. */
const GROUP_BYTES = 1024 * 1024;

/** So many groups are with the committer at a time: one that it works on and one that is ready. */
const GROUPS_AHEAD = 2;

/** So long what nobody waits for waits for something to go with: a commit of its own would be in the way of what comes next. */
const DEFERRED_MS = 20;

/** How a group ended, for whoever listens. */
export type GroupEnd =
  | { readonly kind: "committed"; readonly appended: Appended | undefined }
  | { readonly kind: "failed"; readonly problem: WriteProblem };

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The one way by which the database changes. What comes while a commit runs goes into the next one: writes first,
 * then of each node one frame in turn, so that a noisy node delays nobody.
 *
 * What holds here:
 *
 * - L1 Writes are committed in the order in which they were asked for, and so are the frames of one node.
 * - L2 A group takes one frame of each node before a second one of any, and at most one frame beyond `GROUP_BYTES`.
 * - L3 At most `GROUPS_AHEAD` groups are with the committer, which commits them in their order.
 * - L4 A promise resolves after the commit. Listeners hear of that commit before whoever waits for the promise goes on.
 * - L5 After `close` nothing is taken. What was taken before is committed, and then the database is let go.
 */
export class Writer {
  readonly #committer: Committer;
  #writes: (WriteRequest & Waiting<unknown>)[] = [];
  readonly #frames = new Map<string, (EventsFrame & Waiting<Taken>)[]>();
  #ahead = 0;
  #isScheduled = false;
  #deferred: NodeJS.Timeout | undefined;
  #closed = false;
  #idle: (() => void) | undefined;
  readonly #listeners = new Set<(end: GroupEnd) => void>();

  constructor(committer: Committer) {
    this.#committer = committer;
  }

  /** Hears how each group ends, and of what was appended, before whoever asked for it goes on; returns how to stop. */
  listen(listener: (end: GroupEnd) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves after the commit. */
  run(request: WriteRequest): Promise<unknown> {
    return this.#submit((waiting) => this.#writes.push({ ...request, ...waiting }));
  }

  /** The same for what nobody waits for: it goes with what is asked next, or by itself where nothing is for a moment. */
  defer(request: WriteRequest): Promise<unknown> {
    return this.#enqueue(
      (waiting) => this.#writes.push({ ...request, ...waiting }),
      () => {
        this.#deferred ??= setTimeout(() => this.#pump(), DEFERRED_MS);
      },
    );
  }

  /** Resolves after the commit, so that whoever called it may acknowledge. */
  take(frame: EventsFrame): Promise<Taken> {
    return this.#submit((waiting) => {
      const queue = this.#frames.get(frame.nodeId) ?? [];
      queue.push({ ...frame, ...waiting });
      this.#frames.set(frame.nodeId, queue);
    });
  }

  /** Moves what was committed into the main file; nobody waits for that but who asked. */
  checkpoint(request: CheckpointRequest): Promise<CheckpointEnd> {
    return this.#closed ? Promise.resolve({ kind: "nothing" }) : this.#committer.checkpoint(request);
  }

  /** Takes nothing more, waits for what was taken, and lets go of the database. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#pump();
    if (this.#ahead > 0 || this.#hasWork)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    await this.#committer.close();
  }

  get #hasWork(): boolean {
    return this.#writes.length > 0 || this.#frames.size > 0;
  }

  #submit<T>(enqueue: (waiting: Waiting<T>) => void): Promise<T> {
    return this.#enqueue(enqueue, () => {
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      // what is asked in the same breath is committed together
      queueMicrotask(() => {
        this.#isScheduled = false;
        this.#pump();
      });
    });
  }

  #enqueue<T>(enqueue: (waiting: Waiting<T>) => void, schedule: () => void): Promise<T> {
    // L5
    if (this.#closed) return Promise.reject(new StoreError("the database is closed"));
    return new Promise((resolve, reject) => {
      enqueue({ resolve, reject });
      schedule();
    });
  }

  #pump(): void {
    clearTimeout(this.#deferred);
    this.#deferred = undefined;
    // L3
    while (this.#ahead < GROUPS_AHEAD && this.#hasWork) {
      this.#ahead += 1;
      const writes = this.#writes;
      this.#writes = [];
      const frames = this.#nextFrames();
      void this.#commit(writes, frames).finally(() => {
        this.#ahead -= 1;
        this.#pump();
      });
    }
    if (this.#ahead === 0 && !this.#hasWork) this.#idle?.();
  }

  #nextFrames(): (EventsFrame & Waiting<Taken>)[] {
    const chosen: (EventsFrame & Waiting<Taken>)[] = [];
    let bytes = 0;
    while (this.#frames.size > 0 && bytes < GROUP_BYTES) {
      for (const [nodeId, queue] of this.#frames) {
        const frame = queue.shift(); // L1
        // L2: behind the others again, so that the next group begins with those that had no turn
        this.#frames.delete(nodeId);
        if (queue.length > 0) this.#frames.set(nodeId, queue);
        if (frame === undefined) break;
        chosen.push(frame);
        bytes += frame.bytes.length;
        if (bytes >= GROUP_BYTES || queue.length > 0) break;
      }
    }
    return chosen;
  }

  /** Each part's caller hears what became of it; it rejects where a listener throws, which is a bug. */
  async #commit(
    writes: readonly (WriteRequest & Waiting<unknown>)[],
    frames: readonly (EventsFrame & Waiting<Taken>)[],
  ): Promise<void> {
    const fail = (error: unknown): void => {
      for (const { reject } of [...writes, ...frames]) reject(error);
    };
    let result: GroupResult;
    try {
      result = await this.#committer.commit({
        writes: writes.map(({ name, args }) => ({ name, args })),
        frames: frames.map(({ nodeId, bytes, receivedAt }) => ({ nodeId, bytes, receivedAt })),
      });
    } catch (error) {
      fail(error);
      return;
    }
    if (result.committed) {
      writes.forEach((one, index) => settle(one, result.writes[index]));
      frames.forEach((one, index) => settle(one, result.frames[index]));
    } else fail(errorOf(result.problem));
    // L4: promises that were settled above let their callers go on after this
    this.#tell(endOf(result));
  }

  #tell(end: GroupEnd): void {
    for (const listener of this.#listeners) listener(end);
  }
}

function endOf(result: GroupResult): GroupEnd {
  return result.committed
    ? { kind: "committed", appended: result.appended }
    : { kind: "failed", problem: result.problem };
}

function settle<T>({ resolve, reject }: Waiting<T>, attempt: Attempt<T> | undefined): void {
  if (attempt === undefined) reject(new StoreError("the writer gave no answer"));
  else if (attempt.ok) resolve(attempt.value);
  else reject(errorOf(attempt.problem));
}

function errorOf({ message, code, stack }: WriteProblem): Error {
  const error = new StoreError(message, { code });
  if (stack !== undefined) error.stack = stack;
  return error;
}
