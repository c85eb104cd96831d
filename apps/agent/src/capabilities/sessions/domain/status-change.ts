import type { HalEvent } from "@hal/protocol";
import type { SavedSession } from "./saved-session.ts";
import type { KnownStatus } from "./session-status.ts";
import type { SourceKeys } from "./source-keys.ts";

/** What telling something of a session comes to: what is kept of it then, and the event, where there is any news in it. */
export interface Change {
  readonly saved: SavedSession;
  readonly news: HalEvent | undefined;
}

interface How {
  readonly keys: SourceKeys;
  readonly at: number;
  /** it is told whatever was told before, and takes anything back */
  readonly isAgain: boolean;
}

/** Compares how a session is with what was told of it. */
export function statusChange(saved: SavedSession, now: KnownStatus, { keys, at, isAgain }: How): Change {
  const { status: before, said, revived = false } = saved;
  if (now.said === said && !isAgain) return { saved, news: undefined };
  const after = { ...saved, status: now.status, said: now.said, revived: undefined };
  // an older agent told the same status in words that were not kept
  if (said === undefined && before === now.status && !isAgain) return { saved: after, news: undefined };
  const event = { ...now.event, at, sourceKey: keys.status(now.event.type, at) } as HalEvent;
  const corrects = revived || isAgain || (event.type === "session.idle" && before === "error");
  return { saved: after, news: corrects ? ({ ...event, data: { ...event.data, corrects } } as HalEvent) : event };
}
