import { and, eq, sql } from "drizzle-orm";
import { type IdempotencyKey, keyStandsFor, saveKey } from "../idempotency/keys.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { inboxLooks, type InboxNoteRow, inboxNotes } from "./schema.ts";

/** A note that was made just now, one that the same request made earlier, or a key that stands for another request. */
export type NoteKept = { readonly kind: "new" | "known" } | { readonly kind: "conflict" };

/** Keeps what an actor noted of an item, once per idempotency key; it takes the place of that actor's earlier note. */
export const keepInboxNote = write(
  "keepInboxNote",
  (db: WriterDatabase, note: InboxNoteRow, idempotency: IdempotencyKey | undefined): NoteKept => {
    const known = idempotency === undefined ? undefined : keyStandsFor(db, idempotency);
    if (known === "other") return { kind: "conflict" };
    if (known !== undefined) return { kind: "known" };
    if (idempotency !== undefined) saveKey(db, idempotency, { made: `note/${note.itemId}`, now: note.createdAt });
    const { actor, nodeId, about, itemId, ...said } = note;
    db.orm
      .insert(inboxNotes)
      .values({ actor, nodeId, about, itemId, ...said })
      .onConflictDoUpdate({
        target: [inboxNotes.actor, inboxNotes.nodeId, inboxNotes.about, inboxNotes.itemId],
        set: said,
      })
      .run();
    return { kind: "new" };
  },
);

/** Takes back what an actor noted of an item; whether there was something. */
export const dropInboxNote = write(
  "dropInboxNote",
  (db: WriterDatabase, note: Pick<InboxNoteRow, "actor" | "nodeId" | "about" | "itemId">): boolean => {
    const { actor, nodeId, about, itemId } = note;
    const isMeant = and(
      eq(inboxNotes.actor, actor),
      eq(inboxNotes.nodeId, nodeId),
      eq(inboxNotes.about, about),
      eq(inboxNotes.itemId, itemId),
    );
    return db.orm.delete(inboxNotes).where(isMeant).run().changes > 0;
  },
);

/** An actor has seen what finished up to a time; an earlier one takes nothing back. Returns up to when. */
export const keepInboxLook = write("keepInboxLook", (db: WriterDatabase, actor: string, at: number): number => {
  db.orm
    .insert(inboxLooks)
    .values({ actor, at })
    .onConflictDoUpdate({ target: inboxLooks.actor, set: { at: sql`max(${inboxLooks.at}, excluded.at)` } })
    .run();
  return db.orm.select().from(inboxLooks).where(eq(inboxLooks.actor, actor)).get()?.at ?? at;
});
