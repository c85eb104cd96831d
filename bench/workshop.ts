import { mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { processesOf } from "../e2e/harness/processes.ts";

/** The one temporary folder that everything of a run is in, so that folder and processes can be cleared away from outside. */
export class Workshop {
  readonly folder: string;
  readonly #kept = new Set<string>();

  constructor() {
    this.folder = mkdtempSync(path.join(tmpdir(), "hal bench "));
    // what is started from here, and the stages of the end-to-end tests, make their folders inside
    process.env["TMPDIR"] = this.folder;
  }

  folderFor(name: string): string {
    return mkdtempSync(path.join(this.folder, `${name} `));
  }

  /** The same for one that stays until `clear`. */
  keptFolder(name: string): string {
    const folder = this.folderFor(name);
    this.#kept.add(path.basename(folder));
    return folder;
  }

  /** Ends what still runs and names the folder, and takes everything out of it but what is kept. */
  empty(): void {
    for (const line of processesOf(this.folder)) {
      try {
        process.kill(Number.parseInt(line, 10), "SIGKILL");
      } catch {
        continue; // it ended by itself
      }
    }
    for (const entry of readdirSync(this.folder))
      if (!this.#kept.has(entry))
        rmSync(path.join(this.folder, entry), { recursive: true, force: true, maxRetries: 5 });
  }

  /** The same, with the folder itself. */
  clear(): void {
    this.#kept.clear();
    this.empty();
    rmdirSync(this.folder);
  }
}
