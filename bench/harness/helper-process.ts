import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

interface Answer {
  readonly id: number;
  readonly output?: unknown;
  readonly problem?: string;
}

interface Waiting {
  readonly resolve: (output: never) => void;
  readonly reject: (error: Error) => void;
}

/** What a helper offers: each method takes JSON values and answers with one. */
export type Methods = Readonly<Record<string, (...input: never[]) => unknown>>;

/** A process beside the bench that makes load or plays a baseline, so that the bench itself stays out of the way. */
export class HelperProcess<M extends Methods> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  /** `file` is a module that calls `serveBench`. */
  constructor(file: URL) {
    this.#child = fork(fileURLToPath(file), { serialization: "json" });
    this.#child.on("message", (answer: Answer) => this.#settle(answer));
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => {
        for (const { reject } of this.#waiting.values()) reject(new Error(`${file.pathname} ended: ${code ?? signal}`));
        this.#waiting.clear();
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  call<N extends keyof M & string>(method: N, ...input: Parameters<M[N]>): Promise<Awaited<ReturnType<M[N]>>> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, method, input }, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  #settle({ id, output, problem }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (problem === undefined) waiting?.resolve(output as never);
    else waiting?.reject(new Error(problem));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

interface Question {
  readonly id: number;
  readonly method: string;
  readonly input: readonly never[];
}

/** The other end: answers what the bench asks, and ends with it. */
export function serveBench(methods: Methods): void {
  process.on("message", ({ id, method, input }: Question) => {
    const answer = async (): Promise<Answer> => {
      try {
        return { id, output: await methods[method]?.(...input) };
      } catch (error) {
        return { id, problem: (error as Error).stack ?? String(error) };
      }
    };
    void answer().then((message) => process.send?.(message));
  });
  process.once("disconnect", () => process.exit(0));
}
