import type { Context } from "../context.ts";
import { isAtWork } from "../domain/turn.ts";

/** Whether opencode could be replaced now and nobody would lose anything: by what was told, and by what it says itself. */
export async function isIdle(context: Context): Promise<boolean> {
  for (const { managed, status, open } of context.book.all())
    if (managed && (isAtWork(status) || Object.keys(open).length > 0)) return false;
  for (const { state, directory } of context.projects()) {
    if (state !== "ready") continue;
    const statuses = await context.opencode.api().statuses(directory);
    if (Object.values(statuses).some(({ type }) => type !== "idle")) return false;
  }
  return true;
}
