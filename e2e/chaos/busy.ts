import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** Processes that do nothing and take all the processor that they get; ended by their pids. */
export class Busy implements AsyncDisposable {
  readonly #children: readonly ChildProcess[];

  constructor(count: number) {
    this.#children = Array.from({ length: count }, () => spawn(process.execPath, ["-e", BUSY], { stdio: "ignore" }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
  }
}

/** It ends by itself when whoever started it is gone. */
const BUSY = `const parent = process.ppid; for (;;) {
  const until = Date.now() + 1000;
  while (Date.now() < until);
  if (process.ppid !== parent) process.exit();
}`;
