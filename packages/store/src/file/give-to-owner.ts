import { chownSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Gives a file to whom another file, or else its directory, belongs: what root makes must serve the service's user. */
export function giveToOwnerOf(file: string, like: string): void {
  const { uid, gid } = statSync(like, { throwIfNoEntry: false }) ?? statSync(dirname(like));
  const now = statSync(file);
  if (now.uid === uid && now.gid === gid) return;
  try {
    chownSync(file, uid, gid);
  } catch (error) {
    // only root may; whoever else made it keeps it
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}
