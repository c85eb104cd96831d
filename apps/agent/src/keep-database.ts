import { sleep } from "@hal/daemon";
import { CheckpointSchedule } from "@hal/store/agent";
import type { Context } from "./context.ts";

const LOOK_MS = 5_000;

/** Moves what was written into the database's main file each minute, and keeps its files from looking forgotten; never rejects. */
export async function keepDatabase(
  { store, clock, log, stopping }: Pick<Context, "store" | "clock" | "log" | "stopping">,
  lookMs = LOOK_MS,
): Promise<void> {
  const { sqlite } = store;
  const schedule = new CheckpointSchedule(clock.monotonic());
  for (await sleep(lookMs, stopping); !stopping.aborted; await sleep(lookMs, stopping)) {
    const now = clock.monotonic();
    const request = schedule.due(now, sqlite.isWhole);
    if (request === undefined) continue;
    try {
      const end = sqlite.checkpoint(request);
      schedule.ended(now, end);
      if (request.isForced) sqlite.touch();
      if (end.kind === "foreign") {
        log.error("another file was copied over the agent's database; stop the agent before its files are put back");
        return;
      }
    } catch (error) {
      log.warn({ error }, "the database's checkpoint failed");
    }
  }
}
