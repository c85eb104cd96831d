import { statSync } from "node:fs";
import type { Context } from "../../context.ts";
import { ConfigChanges, type UnreadFile } from "./domain/config-changes.ts";

/** Whether opencode's configuration, which it keeps for its whole life, is another one by now where it could not read it. */
export class ConfigWatch {
  readonly #watching: Pick<Context, "clock" | "directories">;
  readonly #changes = new ConfigChanges();

  constructor(watching: Pick<Context, "clock" | "directories">) {
    this.#watching = watching;
  }

  /** The files that a new run would read otherwise than the one that began at a time did, and failed at. */
  due(runBeganAt: number): readonly UnreadFile[] {
    const { clock, directories } = this.#watching;
    const files = [...directories.failing.values()].flatMap(({ config }) => config?.file ?? []);
    const unread = [...new Set(files)].flatMap((file) => unreadFile(file) ?? []);
    return this.#changes.due(unread, runBeganAt, clock.monotonic());
  }

  /** A new run begins, and reads them. */
  take(read: readonly UnreadFile[]): void {
    this.#changes.take(read, this.#watching.clock.monotonic());
  }
}

/** By the time that nobody sets: a file that takes the place of another one may bring an old time of its own along. */
function unreadFile(file: string): UnreadFile | undefined {
  try {
    return { file, changedAt: statSync(file).ctimeMs };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { file, changedAt: undefined };
    return undefined; // it cannot be seen, so nobody knows whether it was changed
  }
}
