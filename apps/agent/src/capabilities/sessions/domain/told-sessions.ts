import { LIMITS, ToldSession } from "@hal/protocol";
import * as v from "valibot";
import type { SavedSession } from "./saved-session.ts";
import { toldFacts } from "./session-facts.ts";

/** Of a frame, so that whatever ids are like, it is never too big. They have ASCII alone. */
const MOST_CHARS = LIMITS.frameBytes / 2;

/**
 * What the told table says of the sessions that have not ended: the newest ones, as far as a frame has room. `cut`
 * where that is not all of them. Pure. Protocol §4.11.
 */
export function toldSessions(told: ReadonlyMap<string, SavedSession>): {
  readonly sessions: ToldSession[];
  readonly cut: boolean;
} {
  const living = [...told].filter(([, { project, status }]) => project !== undefined && status !== "ended");
  const newest = living.toSorted(([, one], [, other]) => (other.createdAt ?? 0) - (one.createdAt ?? 0));
  const sessions = fitting(newest.slice(0, LIMITS.toldSessions).map(([id, saved]) => toldSession(id, saved)));
  return { sessions, cut: sessions.length < living.length };
}

function toldSession(id: string, { status, open, facts }: SavedSession): ToldSession {
  const ids = Object.keys(open);
  const told = { id, facts: facts === undefined ? undefined : toldFacts(facts) };
  // nothing is compared of what one without a status does
  if (status === undefined || status === "ended" || ids.length > LIMITS.toldRequests) return { ...told, open: [] };
  return { ...told, status, open: ids };
}

function fitting(sessions: readonly ToldSession[]): ToldSession[] {
  let chars = 0;
  return sessions.filter((session) => {
    if (!v.is(ToldSession, session)) return false;
    chars += JSON.stringify(session).length + 1;
    return chars <= MOST_CHARS;
  });
}
