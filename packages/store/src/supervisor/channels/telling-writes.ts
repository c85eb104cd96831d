import { and, eq, inArray, isNull } from "drizzle-orm";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { cards, type NoticeRow, notices } from "./schema.ts";

/** Keeps by which card notices are to be told, before it is sent: so a try after a crash tells them there. */
export const bindNotices = write(
  "bindNotices",
  ({ orm }: WriterDatabase, ids: readonly string[], cardId: string): void => {
    orm
      .update(notices)
      .set({ cardId })
      .where(and(inArray(notices.id, [...ids]), isNull(notices.closedAt)))
      .run();
  },
);

/** A card is there no more: what it was still to tell is told elsewhere, and what belongs to that card alone is not told. */
export const letCardGo = write(
  "letCardGo",
  (
    { orm }: WriterDatabase,
    cardId: string,
    { steps, reason, now }: { readonly steps: NoticeRow["route"]; readonly reason: string; readonly now: number },
  ): void => {
    orm.update(cards).set({ closedAt: now, overUpTo: null, isDue: false }).where(eq(cards.id, cardId)).run();
    const waiting = and(eq(notices.cardId, cardId), isNull(notices.closedAt));
    orm
      .update(notices)
      .set({ state: "muted", reason, closedAt: now })
      .where(and(waiting, eq(notices.route, steps)))
      .run();
    orm.update(notices).set({ cardId: null }).where(waiting).run();
  },
);
