import type { Context } from "../../context.ts";
import { isAtWork } from "./domain/turn.ts";
import { askStatuses } from "./compare/ask-statuses.ts";

/**
 * Whether opencode could be replaced now and nobody would lose anything: by what it says itself, and by what was told
 * meanwhile. A directory that it fails at may hold work, so it keeps opencode from being idle.
 */
export async function isIdle(context: Context): Promise<boolean> {
  for await (const answer of askStatuses(context))
    if (!answer.ok || Object.values(answer.value).some(({ type }) => type !== "idle")) return false;
  for (const { managed, status, toJudge } of context.book.all())
    if (managed && (isAtWork(status) || toJudge.size > 0)) return false;
  return true;
}
