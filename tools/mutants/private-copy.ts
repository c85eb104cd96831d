import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Revision } from "../revision.ts";
import type { Mutant } from "./mutant.ts";

/** The last commit of a repository in a folder of its own, where it may be broken. */
export class PrivateCopy extends Revision {
  constructor(repository: string) {
    super(repository, "HEAD");
  }

  /** Breaks it for as long as `work` goes on. */
  async broken<T>({ file, search, replace }: Mutant, work: () => Promise<T>): Promise<T> {
    const at = path.join(this.folder, file);
    const whole = readFileSync(at, "utf8");
    // a function, because a text would give `$&` a meaning
    writeFileSync(
      at,
      whole.replace(search, () => replace),
    );
    try {
      return await work();
    } finally {
      writeFileSync(at, whole);
    }
  }
}
