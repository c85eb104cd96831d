import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StartupError } from "@hal/daemon";
import { isAlive, type ProcessIdentity, readProcess } from "./opencode/os/process-table.ts";

/** Keeps a second agent away from a data directory; a lock whose owner is gone is taken over. Returns its release. */
export function lockDataDir(dataDir: string, pid: number): () => void {
  const file = lockFile(dataDir);
  const mine = JSON.stringify({ pid, startTime: readProcess(pid)?.startTime ?? "" });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(file, mine, { flag: "wx", mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const owner = readOwner(file);
      if (owner !== undefined && owner.pid !== pid && isAlive(owner))
        throw new StartupError(
          `another hal-agent (pid ${owner.pid}) uses the data directory ${dataDir}; give each agent its own data_dir`,
        );
      rmSync(file, { force: true });
    }
  }
  throw new StartupError(`cannot lock the data directory ${dataDir}; is another agent starting?`);
}

/** The agent that runs with a data directory now. */
export function lockOwner(dataDir: string): ProcessIdentity | undefined {
  const owner = readOwner(lockFile(dataDir));
  return owner !== undefined && isAlive(owner) ? owner : undefined;
}

function lockFile(dataDir: string): string {
  return join(dataDir, "agent.lock");
}

function readOwner(file: string): ProcessIdentity | undefined {
  try {
    const owner = JSON.parse(readFileSync(file, "utf8")) as { pid: number; startTime: string };
    return typeof owner.pid === "number" ? owner : undefined;
  } catch {
    return undefined; // cut off while it was written: nobody holds it
  }
}
