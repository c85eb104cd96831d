import type { Context } from "../../context.ts";
import type { SourceStatus } from "../../domain/source-fact.ts";
import { isAtWork } from "./domain/turn.ts";
import { askStatuses } from "./compare/ask-statuses.ts";

/**
 * Whether opencode could be replaced now and nobody would lose anything: by what it says itself, and by what was told
 * meanwhile. A directory that it fails at may hold work, so it keeps opencode from being idle; one whose configuration it
 * cannot read holds none, unless it was told that a session is at work there and never that it is over.
 */
export async function isIdle(context: Context): Promise<boolean> {
  for await (const answer of askStatuses(context))
    if (answer.ok ? isAnyAtWork(answer.value) : answer.config === undefined) return false;
  for (const { managed, status, toJudge } of context.book.all())
    if (managed && (isAtWork(status) || toJudge.size > 0)) return false;
  return true;
}

function isAnyAtWork(statuses: Readonly<Record<string, SourceStatus>>): boolean {
  return Object.values(statuses).some(({ type }) => type !== "idle");
}
