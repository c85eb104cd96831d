import { type Clock, Wakeup } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import type { BackEnd } from "../../back-end.ts";
import { ConfigError } from "../../domain/config-error.ts";
import {
  type DirectoryProblem,
  DirectoryProblems,
  type Noted,
  type UnreadConfig,
} from "./domain/directory-problems.ts";

/** How patiently directories are asked. */
export interface AskTimes {
  /** so many directories are asked side by side */
  readonly atOnce: number;
  /** one that has not answered after so long keeps no other one from being asked; milliseconds */
  readonly slowMs: number;
  /** one that has not answered after so long has failed; the first question boots what is there; milliseconds */
  readonly mostMs: number;
}

/** Slow ones included, so many times as many may be asked. */
const MOST_OPEN = 4;

export const ASK_TIMES: AskTimes = { atOnce: 4, slowMs: 1_500, mostMs: 20_000 };

/** What opencode said of one directory, or why it did not. */
export type DirectoryAnswer<T> =
  | { readonly directory: string; readonly ok: true; readonly value: T }
  | {
      readonly directory: string;
      readonly ok: false;
      readonly reason: string;
      /** where opencode could not read what is configured there: nothing of it runs there */
      readonly config?: UnreadConfig;
    };

/** Something that is asked of opencode for each directory by itself. */
export interface DirectoryQuestion<T> {
  /** what is asked, in a word: a directory may answer one question and fail at another */
  readonly about: string;
  /** other questions that are answered with it: a directory that answers this one fails at them no more */
  readonly covers?: readonly string[];
  /** `signal` aborts when the answer is not waited for any more */
  readonly ask: (directory: string, signal: AbortSignal) => Promise<T>;
}

/**
 * The one way by which opencode is asked of several directories: side by side, each for a bounded time, and what fails
 * in one is a problem of that one alone. Only where opencode as a whole does not answer, the asking itself throws.
 */
export class Directories {
  readonly #clock: Clock;
  readonly #times: AskTimes;
  readonly #problems = new DirectoryProblems();
  /** the reasons that were told as gaps */
  readonly told = new Map<string, string>();
  /** called when a directory began to fail, fails otherwise, or answers again */
  onChange: () => void = () => undefined;

  constructor(clock: Clock, times: AskTimes = ASK_TIMES) {
    this.#clock = clock;
    this.#times = times;
  }

  /** Why what is in this directory is not known, and since when. */
  problemOf(directory: string): DirectoryProblem | undefined {
    return this.#problems.of(directory);
  }

  /** The directories that opencode fails at. */
  get failing(): ReadonlyMap<string, DirectoryProblem> {
    return this.#problems.all;
  }

  /** Forgets the problems of directories that nobody asks of any more. */
  keepOnly(directories: ReadonlySet<string>): void {
    if (this.#problems.keepOnly(directories)) this.onChange();
  }

  /** Answers in the order in which they come; whoever has enough of them stops reading. */
  async *ask<T>(
    api: BackEnd,
    directories: Iterable<string>,
    { about, covers, ask }: DirectoryQuestion<T>,
    signal?: AbortSignal,
  ): AsyncGenerator<DirectoryAnswer<T>, void, void> {
    // those that failed before come last: they may take long
    const left = [...new Set(directories)].toSorted((a, b) => this.#failed(a) - this.#failed(b));
    const answers: DirectoryAnswer<T>[] = [];
    const over = new AbortController();
    const stop = (): void => over.abort();
    signal?.addEventListener("abort", stop, { once: true });
    const wakeup = new Wakeup();
    let [asked, open, quick] = [0, 0, 0];
    let broken: unknown;
    const begin = (directory: string): void => {
      asked += 1;
      open += 1;
      quick += 1;
      const slow = setTimeout(() => {
        quick -= 1;
        isSlow = true;
        wakeup.notify();
      }, this.#times.slowMs);
      let isSlow = false;
      this.#one(api, directory, ask, over.signal)
        .then(
          (answer) => answers.push(answer),
          (error: unknown) => (broken ??= error),
        )
        .finally(() => {
          clearTimeout(slow);
          open -= 1;
          if (!isSlow) quick -= 1;
          wakeup.notify();
        });
    };
    try {
      for (;;) {
        // however slowly they answer, not all of them boot at once
        const mayBegin = (): boolean => quick < this.#times.atOnce && open < MOST_OPEN * this.#times.atOnce;
        while (asked < left.length && mayBegin()) begin(left[asked] as string);
        const answer = answers.shift();
        if (signal?.aborted === true) return;
        if (broken !== undefined) throw broken;
        if (answer !== undefined) {
          this.#note({ about, covers }, answer);
          yield answer;
        } else if (open === 0 && asked === left.length) return;
        else await wakeup.arm(over.signal);
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      over.abort();
    }
  }

  /** All answers, once the last one is there. */
  async askAll<T>(
    api: BackEnd,
    directories: Iterable<string>,
    question: DirectoryQuestion<T>,
  ): Promise<DirectoryAnswer<T>[]> {
    const answers: DirectoryAnswer<T>[] = [];
    for await (const answer of this.ask(api, directories, question)) answers.push(answer);
    return answers;
  }

  async #one<T>(
    api: BackEnd,
    directory: string,
    ask: DirectoryQuestion<T>["ask"],
    over: AbortSignal,
  ): Promise<DirectoryAnswer<T>> {
    const { mostMs } = this.#times;
    const limit = new AbortController();
    const { promise: tooLate, reject } = Promise.withResolvers<never>();
    const silent = new HalError("opencode_unavailable", `opencode did not answer within ${mostMs / 1000} s`);
    const timer = setTimeout(() => reject(silent), mostMs);
    const stop = (): void => reject(new HalError("interrupted", "the answer is not waited for any more"));
    over.addEventListener("abort", stop, { once: true });
    try {
      return { directory, ok: true, value: await Promise.race([ask(directory, limit.signal), tooLate]) };
    } catch (error) {
      if (over.aborted || !isAnswerless(error)) throw error;
      // an opencode that is gone is no problem of a directory
      if (error.code === "opencode_unavailable" && !(await api.answers())) throw error;
      const failed = { directory, ok: false, reason: error.message } as const;
      return error instanceof ConfigError ? { ...failed, config: { file: error.file } } : failed;
    } finally {
      clearTimeout(timer);
      over.removeEventListener("abort", stop);
      limit.abort();
    }
  }

  #failed(directory: string): number {
    return this.#problems.of(directory) === undefined ? 0 : 1;
  }

  #note<T>(question: Pick<Noted, "about" | "covers">, answer: DirectoryAnswer<T>): void {
    const { reason, config } = answer.ok ? {} : answer;
    const noted = { directory: answer.directory, ...question, reason, config };
    if (this.#problems.note(noted, this.#clock.now())) this.onChange();
  }
}

/** Whether opencode failed at a question, by an answer or by none. */
export function isAnswerless(error: unknown): error is HalError {
  return error instanceof HalError && (error.code === "opencode_error" || error.code === "opencode_unavailable");
}
