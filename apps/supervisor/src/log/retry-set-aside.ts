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
    const tried = await run.alone(() => retry(run, eventId, { ...retrying, signal }));
    if (tried === "done") done.push(eventId);
    else if (tried !== "gone") failed.push({ eventId, reason: tried.reason });
  }
  run.setAside = await setAsideBy(retrying.store, run.follower.name);
  return { done, failed };
}

/**
 * Has a follower never do an event that was set aside: what is being handed over to it meanwhile is done or fails first. Returns
 * what was given up; undefined where it is not set aside any more.
 */
export async function dropSetAside(
  run: FollowerRun,
  eventId: number,
  store: SupervisorStore,
): Promise<SetAsideRow | undefined> {
  return run.alone(async () => {
    const { name } = run.follower;
    const [row] = await listSetAside(store, name, { eventId, limit: 1 });
    if (row === undefined) return undefined;
    await endSetAside(store, name, eventId);
    run.setAside = await setAsideBy(store, name);
    return row;
  });
}

/** `gone` where somebody else had it done, or gave it up, meanwhile; else whether it is done, or why it fails. */
async function retry(
  { follower }: FollowerRun,
  eventId: number,
  { store, clock, log, signal }: Retrying & { readonly signal: AbortSignal },
): Promise<"done" | "gone" | { readonly reason: string }> {
  // it may have waited for long until the follower did nothing else
  if (signal.aborted) return { reason: "whoever handed it over did not wait for it" };
  const [row] = await listSetAside(store, follower.name, { eventId, limit: 1 });
  if (row === undefined) return "gone";
  const [event] = await eventsBetween(store, { after: eventId - 1, upTo: eventId, types: undefined, limit: 1 });
  if (event === undefined)
    return { reason: "the event is not in the log any more: it was pruned, and can only be dropped" };
  try {
    await follower.handle(event, signal);
  } catch (error) {
    const reason = reasonOf(error);
    await saveSetAside(store, { ...row, reason, attempts: row.attempts + 1, at: clock.now() });
    return { reason };
  }
  await endSetAside(store, follower.name, eventId);
  log.info({ follower: follower.name, event: eventId }, "an event that was set aside is done");
  return "done";
}
