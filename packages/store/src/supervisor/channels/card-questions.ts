import { and, desc, eq, gt, isNotNull, isNull, like, sql } from "drizzle-orm";
import { sound, soundOne } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { type ButtonRow, buttons, type CardRow, cards } from "./schema.ts";

/** The newest card of something at a target, whether it is changed still or not. */
export function newestCard(store: SupervisorStore, target: string, subject: string): CardRow | undefined {
  const row = store.sqlite.orm
    .select()
    .from(cards)
    .where(and(eq(cards.subject, subject), eq(cards.target, target)))
    .orderBy(desc(cards.openedAt), desc(cards.id))
    .limit(1)
    .get();
  return soundOne(store, "cards", row);
}

/** The cards of something that are changed still, at all targets. */
export function openCardsOf(store: SupervisorStore, subject: string): CardRow[] {
  const where = and(eq(cards.subject, subject), isNull(cards.closedAt));
  return sound(store, "cards", store.sqlite.orm.select().from(cards).where(where).all());
}

/** Cards of a target that are changed no more but for once, the oldest first. */
export function dueCards(store: SupervisorStore, target: string): CardRow[] {
  // in the words of its index
  const where = and(eq(cards.target, target), sql`${cards.isDue}`);
  return sound(store, "cards", store.sqlite.orm.select().from(cards).where(where).orderBy(cards.openedAt).all());
}

/** The buttons that somebody has used, of all cards of something, the newest first; a few of them. */
export function buttonsUsed(store: SupervisorStore, subject: string, limit: number): ButtonRow[] {
  const rows = store.sqlite.orm
    .select({ button: buttons })
    .from(cards)
    .innerJoin(buttons, eq(buttons.cardId, cards.id))
    .where(and(eq(cards.subject, subject), isNotNull(buttons.usedAt)))
    .orderBy(desc(buttons.usedAt))
    .limit(limit)
    .all();
  return sound(
    store,
    "buttons",
    rows.map(({ button }) => button),
  );
}

/** A card of a session. */
export interface SessionCard extends CardRow {
  /** there is a newer one of the same session */
  readonly isOlder: boolean;
}

/** The cards of sessions at a target that were opened after a time; the newest first. */
export function sessionCards(
  store: SupervisorStore,
  target: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): SessionCard[] {
  const rows = store.sqlite.orm
    .select()
    .from(cards)
    .where(
      and(
        eq(cards.target, target),
        like(cards.subject, "session/%"),
        isNotNull(cards.postedId),
        gt(cards.openedAt, after),
      ),
    )
    .orderBy(desc(cards.openedAt), desc(cards.id))
    .limit(limit)
    .all();
  const known = new Set<string>();
  return sound(store, "cards", rows).map((row) => {
    const isOlder = known.has(row.subject);
    known.add(row.subject);
    return { ...row, isOlder };
  });
}
