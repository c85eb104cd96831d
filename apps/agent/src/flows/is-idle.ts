import type { Context } from "../context.ts";
import { isAtWork } from "../domain/turn.ts";
import { directoriesOf } from "./resync.ts";

/** Whether opencode could be replaced now and nobody would lose anything: by what it says itself, and by what was told meanwhile. */
export async function isIdle(context: Context): Promise<boolean> {
  for (const directory of directoriesOf(context)) {
    const statuses = await context.opencode.api().statuses(directory);
    if (Object.values(statuses).some(({ type }) => type !== "idle")) return false;
  }
  for (const { managed, status, open } of context.book.all())
    if (managed && (isAtWork(status) || Object.keys(open).length > 0)) return false;
  return true;
}
