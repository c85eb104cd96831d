import { errorText, sleep } from "@hal/daemon";
import type { Context } from "../../context.ts";

/** A life of the agent that ends without a goodbye gives back this much of the time at most. */
const NOTE_MS = 10_000;

/** Writes down now and then for how long work may begin, until the agent stops. */
export async function noteLeases({
  leases,
  log,
  spending,
  stopping,
}: Pick<Context, "leases" | "log" | "spending" | "stopping">): Promise<void> {
  while (!stopping.aborted) {
    await sleep(NOTE_MS, stopping);
    const before = leases.savedVersion;
    await leases.note().catch((error: unknown) => {
      log.warn({ problem: errorText(error) }, "for how long work may begin could not be kept");
    });
    // what could not be kept before is now, and that is said
    if (leases.savedVersion !== before) spending.changed();
  }
}
