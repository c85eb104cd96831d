import { type Clock, StartupError } from "@hal/daemon";
import { lockDataDir, lockOwner } from "../../lock.ts";
import { endEarlier } from "./server.ts";

/** Whose opencode is to be ended, and by which process. */
export interface Ending {
  readonly dataDir: string;
  readonly pid: number;
  readonly clock: Clock;
}

/**
 * Ends the opencode that an agent left behind, with all that it started, and returns a line for a person. An agent that runs with these
 * data is not touched: a StartupError says which.
 */
export async function endHere({ dataDir, pid, clock }: Ending): Promise<string> {
  const owner = lockOwner(dataDir);
  if (owner !== undefined)
    throw new StartupError(
      `hal-agent (pid ${owner.pid}) runs with the data in ${dataDir}; stop that one, and its opencode ends with it`,
    );
  const release = lockDataDir(dataDir, pid);
  try {
    const ended = await endEarlier({ dataDir, clock });
    return ended === undefined ? "no opencode runs that an agent left behind" : `opencode (pid ${ended}) has ended`;
  } finally {
    release();
  }
}
