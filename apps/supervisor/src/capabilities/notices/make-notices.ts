import { addNotices, countTold, isNoticed, type NoticeRow } from "@hal/store/supervisor";
import { newNoticeId } from "../channels/notice-id.ts";
import type { Context } from "./context.ts";
import { mutedReason } from "./domain/verbosity.ts";
import type { Route } from "./route-book.ts";

/** Something to be told. */
export interface Occurrence {
  /** what it is, so that a target is told of it once */
  readonly fingerprint: string;
  /** of what it tells, so that a chat tells it where it shows that */
  readonly subject: string;
  readonly eventId: number | null;
  readonly type: string;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
  /** it is told in quiet hours, too, whatever its route says */
  readonly isUrgent: boolean;
}

/** Has the targets of routes told of something, each once: by the first route that takes it and has not told enough just then. */
export async function makeNotices(
  context: Pick<Context, "store" | "clock" | "noticeSender" | "volumeOf">,
  taking: readonly Route[],
  occurrence: Occurrence,
): Promise<void> {
  const { store, clock, noticeSender, volumeOf } = context;
  const now = clock.now();
  const made = new Map<string, NoticeRow>();
  for (const route of taking) {
    const { target, match } = route;
    const known = made.get(target);
    if (known?.state === "waiting" || isNoticed(store, target, occurrence.fingerprint)) continue;
    const isUrgent = occurrence.isUrgent || taking.some((one) => one.target === target && one.isUrgent);
    const muted = isUrgent ? undefined : mutedReason(volumeOf(target)?.verbosity ?? "normal", occurrence.type);
    const isEnough = muted === undefined && route.limit !== undefined && hasToldEnough(context, route, now);
    if (isEnough && known !== undefined) continue;
    const kept = keptBack(muted, isEnough ? `its route tells ${route.limitText} at most` : undefined);
    made.set(target, {
      ...occurrence,
      id: newNoticeId(),
      target,
      route: match,
      tries: 0,
      dueAt: now,
      createdAt: now,
      isUrgent,
      cardId: null,
      ...kept,
      closedAt: kept.state === "waiting" ? null : now,
    });
  }
  if (made.size === 0) return;
  await addNotices(store, [...made.values()]);
  noticeSender.wake();
}

/** What is told at all, and else why it is not. */
function keptBack(muted: string | undefined, limited: string | undefined): Pick<NoticeRow, "state" | "reason"> {
  if (muted !== undefined) return { state: "muted", reason: muted };
  return limited === undefined ? { state: "waiting", reason: null } : { state: "limited", reason: limited };
}

function hasToldEnough({ store }: Pick<Context, "store">, { target, match, limit }: Route, now: number): boolean {
  if (limit === undefined) return false;
  return countTold(store, { target, route: match, since: now - limit.perMs }) >= limit.most;
}
