import type { Clock, Logger } from "@hal/daemon";
import {
  endSetAside,
  eventsBetween,
  listSetAside,
  saveSetAside,
  setAsideBy,
  type SetAsideRow,
  type SupervisorStore,
} from "@hal/store/supervisor";
import { type FollowerRun, reasonOf } from "./follower-run.ts";

interface Retrying {
  readonly store: SupervisorStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What became of events that were handed over again; a reason for each that failed. */
export interface Retried {
  readonly done: readonly number[];
  readonly failed: readonly { readonly eventId: number; readonly reason: string }[];
}

/**
 * Hands events that were set aside to their follower again, between what it does else. They come behind later ones, which
 * its handler must bear; an event is done again where the process dies before that is saved.
 */
export async function retrySetAside(
  run: FollowerRun,
  rows: readonly SetAsideRow[],
  { signal, ...retrying }: Retrying & { readonly signal: AbortSignal },
): Promise<Retried> {
  const done: number[] = [];
  const failed: { eventId: number; reason: string }[] = [];
  for (const { eventId } of rows) {
    if (signal.aborted) break;
    const reason = await run.alone(() => retry(run, eventId, { ...retrying, signal }));
    if (reason === undefined) done.push(eventId);
    else failed.push({ eventId, reason });
  }
  run.setAside = await setAsideBy(retrying.store, run.follower.name);
  return { done, failed };
}

/** Undefined where it is done, now or by another retry; else why it fails. */
async function retry(
  { follower }: FollowerRun,
  eventId: number,
  { store, clock, log, signal }: Retrying & { readonly signal: AbortSignal },
): Promise<string | undefined> {
  // it may have waited for long until the follower did nothing else
  if (signal.aborted) return "whoever handed it over did not wait for it";
  const [row] = await listSetAside(store, follower.name, { eventId, limit: 1 });
  if (row === undefined) return undefined;
  const [event] = await eventsBetween(store, { after: eventId - 1, upTo: eventId, types: undefined, limit: 1 });
  if (event === undefined) return "the event is not in the log any more: it was pruned, and can only be dropped";
  try {
    await follower.handle(event, signal);
  } catch (error) {
    const reason = reasonOf(error);
    await saveSetAside(store, { ...row, reason, attempts: row.attempts + 1, at: clock.now() });
    return reason;
  }
  await endSetAside(store, follower.name, eventId);
  log.info({ follower: follower.name, event: eventId }, "an event that was set aside is done");
  return undefined;
}
