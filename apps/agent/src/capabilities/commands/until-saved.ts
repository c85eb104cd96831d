import { backoffMs, sleep } from "@hal/daemon";
import { describeStorageProblem, isStorageProblem } from "@hal/store/agent";
import type { Context } from "../../context.ts";

const LIMITS = { baseMs: 200, maxMs: 2_000 };

/**
 * Writes again until the database takes it: a disk that was full forgets no command and no outcome. What is no failure
 * of the database is thrown, and so is one that lasts when the agent stops.
 */
export async function untilSaved<T>(
  { log, stopping }: Pick<Context, "log" | "stopping">,
  write: () => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      const kept = await write();
      if (failures > 0) log.info("the agent's database takes writes again");
      return kept;
    } catch (error) {
      if (!isStorageProblem(error) || stopping.aborted) throw error;
      if (failures === 0)
        log.error({ problem: describeStorageProblem(error.code) }, "a command waits for the agent's database");
      await sleep(backoffMs(failures, LIMITS), stopping);
    }
  }
}
