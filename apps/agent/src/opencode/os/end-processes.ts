import { type Clock, sleep } from "@hal/daemon";
import { RUN_VARIABLE } from "../process/environment.ts";
import { descendantsOf, isAlive, type ProcessIdentity, processesWith, signalProcess } from "./process-table.ts";

/** How long a process may take to end after SIGTERM. */
const GRACE_MS = 5_000;

/** After SIGKILL the kernel needs a moment, too. */
const KILLED_MS = 2_000;

/** How often to look for what was started while its starter was being ended. */
const SWEEPS = 5;

/** Everything that a server started and that still runs: below it, or parted from it with the name of its run. */
export function startedBy({ pid, run }: { readonly pid: number; readonly run: string }): ProcessIdentity[] {
  const marked = processesWith(RUN_VARIABLE, run).filter((process) => process.pid !== pid);
  const known = new Set(marked.map((process) => process.pid));
  return [...marked, ...descendantsOf(pid).filter((process) => !known.has(process.pid))];
}

/**
 * SIGTERM, then SIGKILL after a grace, and again for what they started meanwhile. Only processes whose pid and start
 * time match, or that carry the name of the run, are touched.
 */
export async function endProcesses(all: readonly ProcessIdentity[], run: string, clock: Clock): Promise<void> {
  for (const one of all) signalProcess(one, "SIGTERM");
  await gone(all, GRACE_MS, clock);
  for (const one of all) signalProcess(one, "SIGKILL");
  await gone(all, KILLED_MS, clock);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const left = processesWith(RUN_VARIABLE, run);
    if (left.length === 0) return;
    for (const one of left) signalProcess(one, "SIGKILL");
    await gone(left, KILLED_MS, clock);
  }
}

/** Ends what a run whose server is gone has left behind. */
export async function endLeftovers(run: string, clock: Clock): Promise<void> {
  await endProcesses(processesWith(RUN_VARIABLE, run), run, clock);
}

async function gone(all: readonly ProcessIdentity[], withinMs: number, clock: Clock): Promise<void> {
  const limit = clock.monotonic() + withinMs;
  while (all.some(isAlive) && clock.monotonic() < limit) await sleep(25);
}
