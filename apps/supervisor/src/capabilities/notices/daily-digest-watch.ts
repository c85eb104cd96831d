import { addNotices, isNoticed, lastToldBy } from "@hal/store/supervisor";
import type { ChatKind, Target } from "../channels/channel-book.ts";
import { newNoticeId } from "../channels/notice-id.ts";
import type { Context as ChannelsContext } from "../channels/context.ts";
import { DAILY_ROUTE, DAILY_TYPE, dailySince, dueDay } from "./domain/daily-digest.ts";

const KINDS: readonly ChatKind[] = ["discord", "slack"];

/**
 * Has each channel that wants it told of its day. That a day was told is in the database, by its date: so a day has one digest, whatever
 * is restarted and whatever is done to a clock.
 */
export async function tellDays(context: ChannelsContext): Promise<void> {
  const { store, clock, volumeOf, channels, noticeSender } = context;
  const now = clock.now();
  for (const kind of KINDS) {
    const target = dailyTarget(kind, channels.all);
    const daily = target === undefined ? undefined : volumeOf(target.name)?.daily;
    const due = daily === undefined ? undefined : dueDay(daily, now);
    if (target === undefined || due === undefined) continue;
    const fingerprint = `${DAILY_TYPE}/${due.day}`;
    if (isNoticed(store, target.name, fingerprint)) continue;
    const since = dailySince(lastToldBy(store, target.name, DAILY_ROUTE), due.at);
    await addNotices(store, [
      {
        id: newNoticeId(),
        target: target.name,
        fingerprint,
        eventId: null,
        route: DAILY_ROUTE,
        subject: fingerprint,
        type: DAILY_TYPE,
        at: due.at,
        data: { text: `The digest of ${due.day}`, day: due.day, since },
        state: "waiting",
        isUrgent: true,
        cardId: null,
        tries: 0,
        dueAt: now,
        reason: null,
        createdAt: now,
        closedAt: null,
      },
    ]);
    noticeSender.wake();
  }
}

/** The one that is called `alerts`, or else the first. */
export function dailyTarget(kind: ChatKind, targets: readonly Target[]): Target | undefined {
  const own = targets.filter(({ name }) => name.startsWith(`${kind}#`));
  return own.find(({ name }) => name === `${kind}#alerts`) ?? own[0];
}
