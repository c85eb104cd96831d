import { and, asc, count, desc, eq, gte, inArray, isNull, lt, lte, or, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { sound, soundOne } from "../sound-rows.ts";
import type { RowPlace, SupervisorStore } from "../store.ts";
import {
  type ButtonRow,
  buttons,
  type CardRow,
  cards,
  type NoticeRow,
  notices,
  type TargetStateRow,
  targetStates,
  shownCommands,
} from "./schema.ts";

const due = prepared(({ sqlite }: SupervisorStore) =>
  sqlite.orm
    .select()
    .from(notices)
    .where(
      and(
        eq(notices.target, sql.placeholder("target")),
        isNull(notices.closedAt),
        lte(notices.dueAt, sql.placeholder("now")),
      ),
    )
    // what failed does not keep what is new from its first try
    .orderBy(asc(notices.tries), asc(notices.createdAt), asc(notices.id))
    .limit(1)
    .prepare(),
);

/** What a target is sent next; undefined where nothing is due. */
export function nextNotice(store: SupervisorStore, target: string, now: number): NoticeRow | undefined {
  return soundOne(store, "notices", due(store).get({ target, now }));
}

/** When the next notice of a target is due; undefined where none waits. */
export function nextDueAt(store: SupervisorStore, target: string): number | undefined {
  const row = store.sqlite.orm
    .select({ dueAt: notices.dueAt })
    .from(notices)
    .where(and(eq(notices.target, target), isNull(notices.closedAt)))
    .orderBy(asc(notices.dueAt))
    .limit(1)
    .get();
  return row?.dueAt;
}

/** How many notices wait, and since when the oldest does, by target; targets of which none waits are not in it. */
export function waitingNotices(
  store: SupervisorStore,
): ReadonlyMap<string, { readonly count: number; readonly since: number }> {
  const rows = store.sqlite.orm
    .select({ target: notices.target, count: count(), since: sql<number>`min(${notices.createdAt})` })
    .from(notices)
    .where(isNull(notices.closedAt))
    .groupBy(notices.target)
    .all();
  return new Map(rows.map(({ target, ...waiting }) => [target, waiting]));
}

/** How each target took what it was sent last; those that were sent nothing are not in it. */
export function statesOfTargets(store: SupervisorStore): ReadonlyMap<string, TargetStateRow> {
  const rows = sound(store, "targetStates", store.sqlite.orm.select().from(targetStates).all());
  return new Map(rows.map((row) => [row.target, row]));
}

/** The same of one. */
export function stateOfTarget(store: SupervisorStore, target: string): TargetStateRow | undefined {
  const row = store.sqlite.orm.select().from(targetStates).where(eq(targetStates.target, target)).get();
  return soundOne(store, "targetStates", row);
}

/** Whether a target was, or is to be, told of something already. */
export function isNoticed(store: SupervisorStore, target: string, fingerprint: string): boolean {
  const row = store.sqlite.orm
    .select({ id: notices.id })
    .from(notices)
    .where(and(eq(notices.target, target), eq(notices.fingerprint, fingerprint)))
    .get();
  return row !== undefined;
}

/** How much a route had a target told since a time. */
export function countTold(
  store: SupervisorStore,
  { target, route, since }: { readonly target: string; readonly route: string; readonly since: number },
): number {
  const row = store.sqlite.orm
    .select({ n: count() })
    .from(notices)
    .where(
      and(
        eq(notices.target, target),
        eq(notices.route, route),
        gte(notices.createdAt, since),
        inArray(notices.state, ["waiting", "sent", "digested"]),
      ),
    )
    .get();
  return row?.n ?? 0;
}

/** What targets were told of an event, by target. */
export async function noticesOfEvent(store: SupervisorStore, eventId: number): Promise<NoticeRow[]> {
  const rows = store.sqlite.orm
    .select()
    .from(notices)
    .where(eq(notices.eventId, eventId))
    .orderBy(asc(notices.target))
    .all();
  return sound(store, "notices", rows);
}

export interface NoticeFilter {
  readonly target?: string | undefined;
  readonly state?: NoticeRow["state"] | undefined;
  readonly after?: Pick<RowPlace, "at" | "id"> | undefined;
  readonly limit: number;
}

/** Notices, newest first. */
export async function listNotices(
  store: SupervisorStore,
  { target, state, after, limit }: NoticeFilter,
): Promise<NoticeRow[]> {
  const rows = store.sqlite.orm
    .select()
    .from(notices)
    .where(
      and(
        target === undefined ? undefined : eq(notices.target, target),
        state === undefined ? undefined : eq(notices.state, state),
        after && and(lte(notices.createdAt, after.at), or(lt(notices.createdAt, after.at), lt(notices.id, after.id))),
      ),
    )
    .orderBy(desc(notices.createdAt), desc(notices.id))
    .limit(limit)
    .all();
  return sound(store, "notices", rows);
}

/** How many notices a route made for a target that are kept still. */
export function countNotices(
  store: SupervisorStore,
  { target, route }: { readonly target: string; readonly route: string },
): number {
  const row = store.sqlite.orm
    .select({ n: count() })
    .from(notices)
    .where(and(eq(notices.target, target), eq(notices.route, route)))
    .get();
  return row?.n ?? 0;
}

/** The cards of a target that are changed still, in the order in which they were opened. */
export function openCards(store: SupervisorStore, target: string): CardRow[] {
  const rows = store.sqlite.orm
    .select()
    .from(cards)
    .where(and(eq(cards.target, target), isNull(cards.closedAt)))
    .orderBy(asc(cards.openedAt), asc(cards.id))
    .all();
  return sound(store, "cards", rows);
}

/** A card, whether it is changed still or not. */
export function cardById(store: SupervisorStore, id: string): CardRow | undefined {
  return soundOne(store, "cards", store.sqlite.orm.select().from(cards).where(eq(cards.id, id)).get());
}

/** The buttons that a card has, or had. */
export function buttonsOf(store: SupervisorStore, cardId: string): ButtonRow[] {
  return sound(store, "buttons", store.sqlite.orm.select().from(buttons).where(eq(buttons.cardId, cardId)).all());
}

/** A button by what is pressed; undefined where nobody made such a one. */
export function buttonById(store: SupervisorStore, id: string): ButtonRow | undefined {
  return soundOne(store, "buttons", store.sqlite.orm.select().from(buttons).where(eq(buttons.id, id)).get());
}

/** The card that was posted under an id at one of some targets; the newest where several were. */
export function cardPosted(store: SupervisorStore, targets: readonly string[], postedId: string): CardRow | undefined {
  const row = store.sqlite.orm
    .select()
    .from(cards)
    .where(and(eq(cards.postedId, postedId), inArray(cards.target, [...targets])))
    .orderBy(desc(cards.openedAt))
    .limit(1)
    .get();
  return soundOne(store, "cards", row);
}

/** Which commands a platform shows, as far as is known. */
export function commandsShownOn(store: SupervisorStore, platform: string): string | undefined {
  return store.sqlite.orm.select().from(shownCommands).where(eq(shownCommands.platform, platform)).get()?.shown;
}

const named = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[string], { readonly name: string }>("select name from people where actor = ?"),
);

/** How somebody of a platform was called there last; undefined where nobody knows. */
export function nameOf(store: SupervisorStore, actor: string): string | undefined {
  return named(store).get(actor)?.name;
}
