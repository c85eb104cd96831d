import { sleep } from "@hal/daemon";
import type { BackEnd } from "../../../back-end.ts";
import type { DirectoryAnswer, DirectoryQuestion, Directories } from "../../projects/per-directory.ts";

/** So long the next answer is waited for; milliseconds. */
export const SOON_MS = 150;

/** One that answers, and always late, is waited for so much longer at most. */
const MOST_PATIENCE = 32;

export interface LateAnswers {
  /** a directory that was late has answered, which is old by now, or failed */
  readonly onLate: (answer: DirectoryAnswer<unknown>) => void;
  /** opencode as a whole does not answer any more */
  readonly onBroken: (error: unknown) => void;
  /** ends the asking */
  readonly signal: AbortSignal;
  readonly soonMs?: number;
}

interface Asking {
  readonly answers: AsyncGenerator<DirectoryAnswer<unknown>, void, void>;
  readonly next: Promise<IteratorResult<DirectoryAnswer<unknown>, void>>;
  readonly left: ReadonlySet<string>;
}

/**
 * Asks directories for somebody who must not wait: only answers that come soon are given. A directory that is late goes on
 * being asked beside that, and is asked nothing more by this way until it has answered or failed.
 */
export class SoonAsking {
  readonly #directories: Directories;
  readonly #how: LateAnswers;
  readonly #late = new Set<string>();
  /** how often in a row a directory answered late */
  readonly #lateness = new Map<string, number>();

  constructor(directories: Directories, how: LateAnswers) {
    this.#directories = directories;
    this.#how = how;
  }

  async ask<T>(
    api: BackEnd,
    directories: Iterable<string>,
    question: DirectoryQuestion<T>,
  ): Promise<DirectoryAnswer<T>[]> {
    const left = new Set([...directories].filter((directory) => !this.#late.has(directory)));
    const answers = this.#directories.ask(api, left, question, this.#how.signal);
    const soon: DirectoryAnswer<T>[] = [];
    for (;;) {
      const next = answers.next();
      const first = await this.#soon(next, left);
      if (first === undefined) {
        for (const directory of left) this.#late.add(directory);
        this.#awaitLate({ answers, next, left: new Set(left) }).catch(this.#how.onBroken);
        return soon;
      }
      if (first.done === true) return soon;
      soon.push(first.value);
      left.delete(first.value.directory);
      this.#lateness.delete(first.value.directory);
    }
  }

  /** Undefined where it does not come soon: one that answered late is waited for longer the next time, because it did answer. */
  async #soon<T>(next: Promise<T>, left: ReadonlySet<string>): Promise<T | undefined> {
    const late = [...left].map((directory) => 2 ** (this.#lateness.get(directory) ?? 0));
    const patience = Math.min(MOST_PATIENCE, Math.max(1, ...late));
    const over = new AbortController();
    try {
      return await Promise.race([
        next,
        sleep((this.#how.soonMs ?? SOON_MS) * patience, over.signal).then(() => undefined),
      ]);
    } finally {
      over.abort();
    }
  }

  async #awaitLate({ answers, next, left }: Asking): Promise<void> {
    try {
      for (let first = await next; first.done !== true; first = await answers.next()) {
        const { directory, ok } = first.value;
        this.#late.delete(directory);
        if (ok) this.#lateness.set(directory, (this.#lateness.get(directory) ?? 0) + 1);
        if (!this.#how.signal.aborted) this.#how.onLate(first.value);
      }
    } finally {
      for (const directory of left) this.#late.delete(directory);
    }
  }
}
