import { and, desc, eq, isNotNull, isNull, ne } from "drizzle-orm";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { buttons, type CardRow, cards } from "./schema.ts";

/**
 * The card of something at a target: the one that is changed still, where that tells what happens by an event; else the given one, which is
 * opened. The one before it says once more that it is older. Of no event is what is told whenever it is told; null is one that is in no log.
 */
export const openCard = write(
  "openCard",
  ({ orm }: WriterDatabase, card: CardRow, eventId?: number | null): CardRow => {
    const ofSubject = and(eq(cards.target, card.target), eq(cards.subject, card.subject));
    const open = orm
      .select()
      .from(cards)
      .where(and(ofSubject, isNull(cards.closedAt)))
      .get();
    if (open !== undefined && tells(open, eventId)) return open;
    const newest = orm
      .select()
      .from(cards)
      .where(ofSubject)
      .orderBy(desc(cards.openedAt), desc(cards.id))
      .limit(1)
      .get();
    const before = open ?? newest;
    if (before !== undefined && before.overUpTo !== null) {
      const older = { closedAt: before.closedAt ?? card.openedAt, isDue: before.postedId !== null };
      orm.update(cards).set(older).where(eq(cards.id, before.id)).run();
    }
    // the newest is the newest by its time, whatever the clock does
    const opened = { ...card, openedAt: Math.max(card.openedAt, (newest?.openedAt ?? 0) + 1) };
    orm.insert(cards).values(opened).run();
    return opened;
  },
);

/** Whether what happens by an event belongs to a card: what happened after a rest that it shows does not. */
export function tells({ overUpTo }: Pick<CardRow, "overUpTo">, eventId: number | null | undefined): boolean {
  return overUpTo === null || eventId === undefined || (eventId !== null && eventId <= overUpTo);
}

/** Keeps where a card is and what it shows. */
export const recordCard = write(
  "recordCard",
  (
    { orm }: WriterDatabase,
    id: string,
    changed: Partial<Pick<CardRow, "postedId" | "shown" | "closedAt" | "overUpTo" | "isDue">>,
  ): void => {
    orm.update(cards).set(changed).where(eq(cards.id, id)).run();
  },
);

/** Uses a button up, once; false where somebody did, there or at another card of the same thing. */
export const takeButton = write(
  "takeButton",
  ({ orm }: WriterDatabase, id: string, { by, now }: { readonly by: string; readonly now: number }): boolean => {
    const button = orm.select().from(buttons).where(eq(buttons.id, id)).get();
    const card = button && orm.select().from(cards).where(eq(cards.id, button.cardId)).get();
    if (button === undefined || button.usedAt !== null || card === undefined) return false;
    const sibling = orm
      .select({ id: buttons.id })
      .from(buttons)
      .innerJoin(cards, eq(cards.id, buttons.cardId))
      .where(and(eq(cards.subject, card.subject), eq(buttons.key, button.key), isNotNull(buttons.usedAt)))
      .get();
    if (sibling !== undefined) return false;
    return orm.update(buttons).set({ usedAt: now, usedBy: by }).where(eq(buttons.id, id)).run().changes > 0;
  },
);

/**
 * Has the newest card of something changed again at each target, where it is changed no more. Of a card that has a newer one at its
 * target nothing changes.
 */
export const reviveCards = write("reviveCards", ({ orm }: WriterDatabase, subject: string): void => {
  const rows = orm
    .select({ id: cards.id, target: cards.target, closedAt: cards.closedAt })
    .from(cards)
    .where(and(eq(cards.subject, subject), isNotNull(cards.postedId)))
    .orderBy(desc(cards.openedAt), desc(cards.id))
    .all();
  const seen = new Set<string>();
  for (const { id, target, closedAt } of rows) {
    const isNewest = !seen.has(target);
    seen.add(target);
    if (!isNewest || closedAt === null) continue;
    const open = and(eq(cards.target, target), eq(cards.subject, subject), isNull(cards.closedAt), ne(cards.id, id));
    if (orm.select({ id: cards.id }).from(cards).where(open).get() !== undefined) continue;
    orm.update(cards).set({ closedAt: null }).where(eq(cards.id, id)).run();
  }
});

/** Keeps what the platform was told of a card's session. */
export const recordToldStatus = write(
  "recordToldStatus",
  ({ orm }: WriterDatabase, id: string, toldStatus: string): void => {
    orm.update(cards).set({ toldStatus }).where(eq(cards.id, id)).run();
  },
);
