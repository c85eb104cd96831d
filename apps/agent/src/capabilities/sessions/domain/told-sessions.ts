import { LIMITS, ToldEnd, ToldSession } from "@hal/protocol";
import * as v from "valibot";
import type { SavedSession } from "./saved-session.ts";
import { toldFacts } from "./session-facts.ts";

/** Of a frame, so that whatever ids are like, it is never too big. They have ASCII alone. */
const MOST_CHARS = LIMITS.frameBytes / 2;

type Saved = readonly [id: string, saved: SavedSession];

/**
 * What the told table says of the sessions that have not ended, and the facts of those that have: the newest ones, as far
 * as a frame has room. `cut` where that is not all of the first. Pure. Protocol §4.11.
 */
export function toldSessions(told: ReadonlyMap<string, SavedSession>): {
  readonly sessions: ToldSession[];
  readonly ended: ToldEnd[];
  readonly cut: boolean;
} {
  const { living = [], over = [] } = Object.groupBy(
    [...told].filter(([, { project }]) => project !== undefined).toSorted(byNewest),
    ([, { status }]) => (status === "ended" ? "over" : "living"),
  );
  const room = { chars: MOST_CHARS, sessions: LIMITS.toldSessions };
  const sessions = living.map(toldSession).filter((session) => v.is(ToldSession, session) && fits(session, room));
  const ended = over.flatMap(toldEnd).filter((end) => v.is(ToldEnd, end) && fits(end, room));
  return { sessions, ended, cut: sessions.length < living.length };
}

function byNewest([, one]: Saved, [, other]: Saved): number {
  return (other.createdAt ?? 0) - (one.createdAt ?? 0);
}

function toldSession([id, { status, open, facts }]: Saved): ToldSession {
  const ids = Object.keys(open);
  const told = { id, facts: facts === undefined ? undefined : toldFacts(facts) };
  // nothing is compared of what one without a status does
  if (status === undefined || status === "ended" || ids.length > LIMITS.toldRequests) return { ...told, open: [] };
  return { ...told, status, open: ids };
}

function toldEnd([id, { facts }]: Saved): ToldEnd[] {
  return facts === undefined ? [] : [{ id, facts: toldFacts(facts) }];
}

/** Whether there is room for one more, which takes it. */
function fits(one: object, room: { chars: number; sessions: number }): boolean {
  room.chars -= JSON.stringify(one).length + 1;
  room.sessions -= 1;
  return room.chars >= 0 && room.sessions >= 0;
}
