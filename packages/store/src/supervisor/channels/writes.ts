import { and, count, eq, inArray, isNull, sql } from "drizzle-orm";
import type { HalEvent } from "@hal/protocol";
import { appendOwnEvents } from "../log/writes.ts";
import { write, writeLater } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import {
  type ButtonRow,
  buttons,
  type NoticeRow,
  notices,
  people,
  type TargetStateRow,
  targetStates,
  shownCommands,
} from "./schema.ts";

/** So many may wait for one target. */
export const MOST_WAITING = 10_000;

/** Keeps what targets are to be told, each thing once a target. Of a target for which too much waits it is kept that it was not told. */
export const addNotices = write("addNotices", (db: WriterDatabase, added: readonly NoticeRow[]): void => {
  const waiting = new Map<string, number>();
  for (const notice of added) {
    const { target } = notice;
    const others = waiting.get(target) ?? countWaiting(db, target);
    const kept = notice.closedAt === null && others >= MOST_WAITING ? full(notice) : notice;
    const { changes } = db.orm.insert(notices).values(kept).onConflictDoNothing().run();
    waiting.set(target, kept.closedAt === null ? others + changes : others);
  }
});

function countWaiting({ orm }: WriterDatabase, target: string): number {
  const where = and(eq(notices.target, target), isNull(notices.closedAt));
  return orm.select({ n: count() }).from(notices).where(where).get()?.n ?? 0;
}

function full(notice: NoticeRow): NoticeRow {
  const reason = `${MOST_WAITING} others waited for ${notice.target} already`;
  return { ...notice, state: "given_up", reason, closedAt: notice.createdAt };
}

/** What a try came to: for the notice, and for its target. */
export interface NoticeTried {
  readonly notice: Pick<NoticeRow, "id" | "target" | "state" | "tries" | "dueAt" | "reason" | "closedAt"> &
    Partial<Pick<NoticeRow, "cardId">>;
  /** what was told, or tried, together with it */
  readonly others?: readonly string[];
  readonly target: Pick<TargetStateRow, "failingSince" | "reason" | "failures" | "notBefore" | "lastSentAt">;
  /** what failed before that is tried again at once, because the target takes something again */
  readonly hurry: boolean;
  readonly now: number;
}

/** Keeps what a try came to. */
export const recordTried = write(
  "recordTried",
  (
    db: WriterDatabase,
    { notice: { id, target: name, ...notice }, others = [], target, hurry, now }: NoticeTried,
  ): void => {
    db.orm
      .update(notices)
      .set(notice)
      .where(and(inArray(notices.id, [id, ...others]), isNull(notices.closedAt)))
      .run();
    saveTarget(db, name, target);
    if (hurry) makeDue(db, name, now);
  },
);

/** Keeps what buttons of a card do; of those that there are already nothing changes. */
export const keepButtons = write("keepButtons", ({ orm }: WriterDatabase, made: readonly ButtonRow[]): void => {
  for (const button of made) orm.insert(buttons).values(button).onConflictDoNothing().run();
});

/** What it was pressed for came to nothing: it may be pressed again. */
export const releaseButton = write("releaseButton", ({ orm }: WriterDatabase, id: string): void => {
  orm.update(buttons).set({ usedAt: null, usedBy: null }).where(eq(buttons.id, id)).run();
});

/** Keeps which commands a platform shows now. */
export const keepCommandsShown = write(
  "keepCommandsShown",
  ({ orm }: WriterDatabase, platform: string, shown: string): void => {
    orm
      .insert(shownCommands)
      .values({ platform, shown })
      .onConflictDoUpdate({ target: shownCommands.platform, set: { shown } })
      .run();
  },
);

/** Keeps how somebody of a platform is called there. Nobody waits for it. */
export const keepName = writeLater(
  "keepName",
  ({ orm }: WriterDatabase, actor: string, name: string, now: number): void => {
    orm
      .insert(people)
      .values({ actor, name, since: now })
      .onConflictDoUpdate({ target: people.actor, set: { name, since: now } })
      .run();
  },
);

/** Sends a target nothing more until somebody sees to it, and tells that once. Returns whether it was sent to until then. */
export const stopTarget = write(
  "stopTarget",
  (db: WriterDatabase, target: string, { reason, now }: { readonly reason: string; readonly now: number }): boolean => {
    const state = db.orm.select().from(targetStates).where(eq(targetStates.target, target)).get();
    if (state !== undefined && state.stoppedAt !== null) return false;
    saveTarget(db, target, { ...(state ?? FRESH), reason, stoppedAt: now, failingSince: state?.failingSince ?? now });
    tell(db, target, { type: "channel.stopped", at: now, data: { target, reason } });
    return true;
  },
);

/** Something arrived at a target because somebody sent it there: it is sent to again, what waits at once. Returns whether it was stopped. */
export const resumeTarget = write(
  "resumeTarget",
  (db: WriterDatabase, target: string, { by, now }: { readonly by: string; readonly now: number }): boolean => {
    const state = db.orm.select().from(targetStates).where(eq(targetStates.target, target)).get();
    saveTarget(db, target, { ...FRESH, lastSentAt: now });
    makeDue(db, target, now);
    if (state === undefined || state.stoppedAt === null) return false;
    tell(db, target, { type: "channel.resumed", at: now, data: { target, by } });
    return true;
  },
);

/** Somebody saw to a target at which nothing was sent any more: what waits is tried at once. Of others nothing changes. */
export const retryTarget = write(
  "retryTarget",
  (db: WriterDatabase, target: string, { by, now, stoppedUpTo = now }: Retry): void => {
    const state = db.orm.select().from(targetStates).where(eq(targetStates.target, target)).get();
    if (state === undefined || state.stoppedAt === null || state.stoppedAt > stoppedUpTo) return;
    saveTarget(db, target, { ...FRESH, lastSentAt: state.lastSentAt });
    makeDue(db, target, now);
    tell(db, target, { type: "channel.resumed", at: now, data: { target, by } });
  },
);

interface Retry {
  readonly by: string;
  readonly now: number;
  /** one that stopped after that is left as it is */
  readonly stoppedUpTo?: number;
}

const FRESH: Omit<TargetStateRow, "target"> = {
  stoppedAt: null,
  failingSince: null,
  reason: null,
  failures: 0,
  notBefore: 0,
  lastSentAt: null,
};

function saveTarget(db: WriterDatabase, target: string, state: Partial<Omit<TargetStateRow, "target">>): void {
  db.orm
    .insert(targetStates)
    .values({ target, ...FRESH, ...state })
    .onConflictDoUpdate({ target: targetStates.target, set: state })
    .run();
}

function makeDue({ orm }: WriterDatabase, target: string, now: number): void {
  orm
    .update(notices)
    .set({ dueAt: now })
    .where(and(eq(notices.target, target), isNull(notices.closedAt), sql`${notices.dueAt} > ${now}`))
    .run();
}

function tell(db: WriterDatabase, target: string, event: HalEvent): void {
  appendOwnEvents.within(db, [{ event: { ...event, sourceKey: `${event.type}/${target}/${event.at}` } }], event.at);
}
