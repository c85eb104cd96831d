import { sleep } from "@hal/daemon";
import { CheckpointSchedule } from "@hal/store/agent";
import type { Context } from "./context.ts";

const LOOK_MS = 1_000;

/** A disk that is full is not asked again at once. */
const FAILED_MS = 50_000;

/**
 * Moves what was written into the database's main file, each minute and where it is much, and keeps its files from
 * looking forgotten; never rejects.
 */
export async function keepDatabase(
  { store, clock, log, stopping }: Pick<Context, "store" | "clock" | "log" | "stopping">,
  lookMs = LOOK_MS,
): Promise<void> {
  const { sqlite } = store;
  const schedule = new CheckpointSchedule(clock.monotonic());
  for (await sleep(lookMs, stopping); !stopping.aborted; await sleep(lookMs, stopping)) {
    const now = clock.monotonic();
    const request = schedule.due(now, sqlite.isWhole);
    try {
      const end = request === undefined ? sqlite.relieve() : sqlite.checkpoint(request);
      if (end === undefined) continue;
      schedule.ended(now, end);
      if (request?.isForced === true) sqlite.touch();
      if (end.kind === "foreign") {
        log.error("another file was copied over the agent's database; stop the agent before its files are put back");
        return;
      }
    } catch (error) {
      log.warn({ error }, "the database's checkpoint failed");
      await sleep(FAILED_MS, stopping);
    }
  }
}
