import { type ChildProcess, spawn } from "node:child_process";
import { kill } from "node:process";
import type { Readable } from "node:stream";
import { Tail } from "./domain/tail.ts";

/** A command line that has to end well. */
export interface PreconditionRequest {
  readonly command: string;
  readonly directory: string;
  readonly timeoutMs: number;
  /** the run of opencode whose name it inherits: what an agent that died left of it is ended with that run */
  readonly run: string;
}

/** How a command line ended, and the last of what it wrote. */
export type PreconditionEnd = { readonly output: string } & (
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "timed_out" | "stopped" }
  | { readonly kind: "not_run"; readonly reason: string }
);

/** What is told to end and does not has so long for it. */
const GRACE_MS = 2_000;

/** So long after its end what it wrote may still be on its way. */
const HEARD_MS = 500;

/** So much of what was written last is kept. */
const KEPT_BYTES = 4_096;

/** Runs what starts depend on: in the directory of a project, by the shell, for a bounded time. */
export class Preconditions {
  readonly #environment: (run: string) => Record<string, string>;

  constructor(environment: (run: string) => Record<string, string>) {
    this.#environment = environment;
  }

  /** Runs one to its end, or ends it with all that it started when its time is over, or `signal` aborts. */
  async run(
    { command, directory, timeoutMs, run }: PreconditionRequest,
    signal: AbortSignal,
  ): Promise<PreconditionEnd> {
    if (signal.aborted) return { kind: "stopped", output: "" };
    const written = new Tail(KEPT_BYTES);
    // a group of its own, so that what it started is ended with it
    const child = spawn("/bin/sh", ["-c", command], {
      cwd: directory,
      env: this.#environment(run),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    keep(child.stdout, written);
    keep(child.stderr, written);
    const limit = AbortSignal.timeout(timeoutMs);
    const over = AbortSignal.any([signal, limit]);
    const end = endOf(child);
    const ending = new Ending(child);
    over.addEventListener("abort", () => ending.begin(), { once: true });
    const ended = await end;
    ending.isOver();
    // what it left in the background may hold its pipes for ever
    child.stdout.destroy();
    child.stderr.destroy();
    const output = written.text;
    if (!ending.hasBegun) return { ...ended, output };
    return { kind: signal.aborted ? "stopped" : "timed_out", output };
  }
}

function keep(stream: Readable, written: Tail): void {
  stream.on("data", (bytes: Buffer) => written.add(bytes));
  // nobody reads it any more when it has ended
  stream.on("error", () => undefined);
}

type Ended =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "not_run"; readonly reason: string };

function endOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    child.once("error", ({ message }) => resolve({ kind: "not_run", reason: message }));
    child.once("exit", (code, by) => {
      const end: Ended = code === null ? { kind: "killed", signal: by ?? "a signal" } : { kind: "exited", code };
      // what it wrote is heard by then, unless something that it left holds its pipes
      const patience = setTimeout(() => resolve(end), HEARD_MS);
      child.once("close", () => {
        clearTimeout(patience);
        resolve(end);
      });
    });
  });
}

/** Ends a process with its group: it is told to, and where it goes on it is killed. */
class Ending {
  readonly #child: ChildProcess;
  #timer: NodeJS.Timeout | undefined;
  hasBegun = false;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  begin(): void {
    if (!this.#send("SIGTERM")) return;
    this.hasBegun = true;
    this.#timer = setTimeout(() => void this.#send("SIGKILL"), GRACE_MS);
  }

  isOver(): void {
    clearTimeout(this.#timer);
    // its group has its number as long as something of it is left
    if (this.hasBegun) this.#sendGroup("SIGKILL");
  }

  /** False where it has ended already. */
  #send(signal: NodeJS.Signals): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null && this.#sendGroup(signal);
  }

  #sendGroup(signal: NodeJS.Signals): boolean {
    try {
      kill(-(this.#child.pid as number), signal);
      return true;
    } catch {
      return false; // nothing of it is left
    }
  }
}
