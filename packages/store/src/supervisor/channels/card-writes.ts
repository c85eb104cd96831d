import { and, desc, eq, isNotNull, isNull, ne } from "drizzle-orm";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { buttons, cards } from "./schema.ts";

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
