import { addNotices, type EventRow, isNoticed, type NoticeRow, openCardOf } from "@hal/store/supervisor";
import { STEPS_ROUTE } from "../channels/domain/steps-route.ts";
import { quietUntil } from "../policies/domain/quiet-hours.ts";
import { newNoticeId } from "../channels/notice-id.ts";
import type { Context } from "./context.ts";
import type { Occurrence } from "./make-notices.ts";

/**
 * Has the targets that are verbose told of a step of a session, in the thread of its card, where there is one and no route told them.
 * In quiet hours nobody is: a step is nothing that somebody misses in the morning.
 */
export async function tellSteps(
  { store, clock, routes, noticeSender, volumeOf }: Context,
  { nodeId, sessionId, type }: EventRow,
  occurrence: Occurrence,
): Promise<void> {
  const { fingerprint } = occurrence;
  const subject = `session/${nodeId}/${sessionId}`;
  // what a session that it started does is no step of its own; one that has a message of its own elsewhere is
  if (occurrence.subject !== subject && type !== "session.compacted") return;
  const now = clock.now();
  const made = routes.verbose.flatMap((target): NoticeRow[] => {
    if (quietUntil(volumeOf(target)?.hours, now) !== undefined) return [];
    const card = openCardOf(store, target, subject);
    if (card?.postedId == null || isNoticed(store, target, fingerprint)) return [];
    const waits = { state: "waiting", tries: 0, dueAt: now, reason: null, createdAt: now, closedAt: null } as const;
    return [{ ...occurrence, ...waits, subject, id: newNoticeId(), target, route: STEPS_ROUTE, cardId: card.id }];
  });
  if (made.length === 0) return;
  await addNotices(store, made);
  noticeSender.wake();
}
